// Keys waiting to be worked on: each at most once, one worker per key, and once more when it is added meanwhile; now, or
// after a while. Knows nothing of what the work is.
import type { Clock } from "../clock.ts";

export interface WorkQueue {
  add(key: string): void;
  /** Adds it after `delayMs`; in the place of an earlier call for this key whose time has not come. */
  addLater(key: string, delayMs: number): void;
  /** Resolves when nothing waits and nobody works; what was added for later does not count. */
  idle(): Promise<void>;
  /** Takes nothing on any more; what is being worked on is finished. */
  close(): Promise<void>;
}

export interface WorkQueueOptions {
  /** Must not throw: what fails belongs to it, with its retry. A throw is a bug and stops the process. */
  readonly work: (key: string) => Promise<void>;
  /** Keys that are worked on at the same time. */
  readonly concurrency: number;
  readonly clock: Pick<Clock, "after">;
}

export function createWorkQueue({ work, concurrency, clock }: WorkQueueOptions): WorkQueue {
  const waiting = new Set<string>();
  const working = new Set<string>();
  const again = new Set<string>();
  const timers = new Map<string, () => void>();
  let idlers: (() => void)[] = [];
  let closed = false;

  const settle = () => {
    if (working.size > 0 || (waiting.size > 0 && !closed)) return;
    for (const resolve of idlers) resolve();
    idlers = [];
  };
  const next = () => {
    while (!closed && working.size < concurrency) {
      const [key] = waiting;
      if (key === undefined) break;
      waiting.delete(key);
      working.add(key);
      void work(key).finally(() => {
        working.delete(key);
        if (again.delete(key)) waiting.add(key);
        next();
      });
    }
    settle();
  };
  const add = (key: string) => {
    if (closed) return;
    if (working.has(key)) again.add(key);
    else waiting.add(key);
    next();
  };
  const idle = () =>
    new Promise<void>((resolve) => {
      idlers.push(resolve);
      settle();
    });
  return {
    add,
    addLater: (key, delayMs) => {
      timers.get(key)?.();
      timers.delete(key);
      if (closed) return;
      const cancel = clock.after(delayMs, () => {
        timers.delete(key);
        add(key);
      });
      timers.set(key, cancel);
    },
    idle,
    close: () => {
      closed = true;
      for (const cancel of timers.values()) cancel();
      timers.clear();
      waiting.clear();
      again.clear();
      return idle();
    },
  };
}
