// The right to act, of which one process of a scheduler's name has it at a time. The daemons' scheduler holds its
// clusters by the same code.
import { holdLease as keepLease } from "../scheduler/lease.ts";
import type { Lease as KeptLease } from "../scheduler/lease.ts";
import type { Kit } from "./kit.ts";

export interface Lease {
  /**
   * The lease while it is certainly held, by this process's own clock: what is done under it nobody else does. undefined
   * from 0.5 s before it might be over.
   */
  held(): string | undefined;
  /** Resolves once it is held for the first time, or was released. */
  whenHeld(): Promise<void>;
  /** Calls it each time that the lease is taken: somebody else may have acted before. Returns how to stop. */
  onTaken(listener: () => void): () => void;
  /** Redis said that it is not held: not until it is taken again. */
  lost(): void;
  /** Gives it back, so that another copy need not wait for its end (3 s). */
  release(): Promise<void>;
}

export interface LeaseOptions {
  readonly kit: Kit;
  /** Tells this process from its copies; drawn unless given. */
  readonly holder?: string | undefined;
  /** Hears that this process acts (true), or that it does not any more. */
  readonly onChange?: ((acts: boolean) => void) | undefined;
}

/** Takes the lease of the kit's name as soon as nobody else has it, and keeps it until it is released. */
export function holdLease({ kit, holder = kit.random.hex(8), onChange }: LeaseOptions): Lease {
  const listeners = new Set<() => void>();
  let lease: KeptLease | undefined;
  let isReleased = false;
  let isFirst = () => {};
  const first = new Promise<void>((resolve) => {
    isFirst = resolve;
  });
  void kit.ready.then(() => {
    if (isReleased) return;
    lease = keepLease({
      take: (ttlMs) => kit.kept.takeLease(holder, ttlMs),
      giveBack: (held) => kit.kept.releaseLease(held),
      clock: kit.clock,
      onTaken: () => {
        onChange?.(true);
        for (const listener of listeners) listener();
        isFirst();
      },
      onLost: () => onChange?.(false),
    });
  });
  const release = async () => {
    isReleased = true;
    isFirst();
    // Without Redis it is never ready, and there is nothing to give back.
    await lease?.release();
  };
  kit.onClose(release);
  return {
    held: () => lease?.held(),
    whenHeld: () => first,
    onTaken: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    lost: () => lease?.lost(),
    release,
  };
}
