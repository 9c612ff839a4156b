// A simulated operating system process: its own clocks, its own randomness, and whether it runs. What it waits for comes
// to it through here: dropped when it was killed, kept while it is paused. Knows nothing of what runs in it.
import type { Clock } from "../clock.ts";
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import type { ProcessRole, Tell } from "./facts.ts";
import type { VirtualTime } from "./virtual-time.ts";

export type ProcessState = "running" | "paused" | "dead";

/** What can come to a process: a timer of its own, or something from outside. */
export type Arrival = "timer" | "message";

export interface SimulatedProcess {
  /** Unique in its world. */
  readonly name: string;
  readonly role: ProcessRole;
  readonly clock: Clock;
  readonly random: Random;
  readonly state: ProcessState;
  /**
   * Calls back in the process at a time of the world: never when it is dead by then, and after it was woken when it is
   * paused then.
   */
  arrive(at: number, kind: Arrival, run: () => void): () => void;
  kill(): void;
  pause(): void;
  wake(): void;
  /** Sets its wall clock, forward or back. */
  jump(ms: number): void;
  /** It has ended by itself. */
  ended(): void;
}

export interface ProcessOptions {
  readonly time: VirtualTime;
  readonly tell: Tell;
  readonly name: string;
  readonly role: ProcessRole;
  readonly seed: string;
  /** How fast its clocks go: 1 is right. */
  readonly speed: number;
  /** How far its wall clock is off at the start, ms. */
  readonly offsetMs: number;
}

interface Kept {
  readonly kind: Arrival;
  /** undefined once cancelled. */
  run: (() => void) | undefined;
}

export function startProcess(options: ProcessOptions): SimulatedProcess {
  const { time, tell, name, role, speed } = options;
  const bootedAt = time.now;
  let state: ProcessState = "running";
  let offsetMs = options.offsetMs;
  let kept: Kept[] = [];
  const random = seededRandom(`${options.seed}:${name}`);
  const fate = seededRandom(`${options.seed}:${name}:fate`);
  const says = (life: "killed" | "paused" | "woken" | "jumped", detail?: string) =>
    tell({ kind: "process", process: name, role, life, detail });

  function arrive(at: number, kind: Arrival, run: () => void): () => void {
    const arrival: Kept = { kind, run };
    const cancel = time.at(at, () => {
      if (state === "running") {
        const { run: callback } = arrival;
        arrival.run = undefined;
        callback?.();
      } else if (state === "paused") kept.push(arrival);
    });
    return () => {
      cancel();
      arrival.run = undefined;
    };
  }

  const monotonic = () => (time.now - bootedAt) * speed;
  const after = (delayMs: number, callback: () => void) =>
    arrive(time.now + Math.max(0, delayMs) / speed, "timer", callback);
  const clock: Clock = {
    now: () => Math.floor(bootedAt + monotonic() + offsetMs),
    monotonic,
    after,
    soon: (callback) => void arrive(time.now, "timer", callback),
    sleep: (delayMs, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const finish = () => {
          cancel();
          signal?.removeEventListener("abort", finish);
          resolve();
        };
        const cancel = after(delayMs, finish);
        signal?.addEventListener("abort", finish, { once: true });
      }),
  };

  return {
    name,
    role,
    clock,
    random,
    get state() {
      return state;
    },
    arrive,
    kill: () => {
      if (state === "dead") return;
      state = "dead";
      kept = [];
      says("killed");
    },
    ended: () => {
      state = "dead";
      kept = [];
    },
    pause: () => {
      if (state !== "running") return;
      state = "paused";
      says("paused");
    },
    wake: () => {
      if (state !== "paused") return;
      state = "running";
      says("woken");
      // A process that is woken finds its timers due and its sockets readable, and looks at either first.
      const first: Arrival = fate.chance(0.5) ? "timer" : "message";
      const waiting = kept;
      kept = [];
      for (const isFirst of [true, false])
        for (const each of waiting)
          if ((each.kind === first) === isFirst) arrive(time.now, each.kind, () => each.run?.());
    },
    jump: (ms) => {
      if (state === "dead") return;
      offsetMs += ms;
      says("jumped", `${ms} ms`);
    },
  };
}
