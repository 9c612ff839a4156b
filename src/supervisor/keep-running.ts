// Keeps one thing running: starts it again, ever more slowly, each time it ends, until it is told to stop.
// Knows nothing about what it keeps: Redis and the roles alike.
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { failuresAfter, restartDelayMs } from "./restart.ts";

/** Something that runs now. */
export interface Running {
  readonly pid: number;
  /** Resolves with the reason when it has ended. Never rejects. */
  readonly exited: Promise<string>;
  /** Ends it, by force if need be, and resolves when it is gone. */
  stop(): Promise<void>;
}

export interface Kept {
  readonly name: string;
  /** Of the process that runs now, or ran last. */
  pid(): number;
  /** How many times in a row it ended soon after its start. */
  failures(): number;
  /** Why it ended last; undefined if it never did. */
  lastReason(): string | undefined;
  stop(): Promise<void>;
}

export interface KeepOptions {
  readonly name: string;
  readonly start: () => Promise<Running>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Starts it, and keeps it running. Rejects when the very first start fails. */
export async function keepRunning({ name, start, clock, log }: KeepOptions): Promise<Kept> {
  const stopping = new AbortController();
  let running = await start();
  let failures = 0;
  let lastReason: string | undefined;

  /** Starts it after a pause, as often as it takes; undefined when told to stop meanwhile. */
  const startAgain = async (): Promise<Running | undefined> => {
    for (;;) {
      const delayMs = restartDelayMs(failures);
      log.warn({ reason: lastReason, delayMs }, `${name} ended; starting it again`);
      await clock.sleep(delayMs, stopping.signal);
      if (stopping.signal.aborted) return undefined;
      try {
        return await start();
      } catch (error) {
        lastReason = error instanceof Error ? error.message : String(error);
        failures++;
      }
    }
  };

  const keep = async (): Promise<void> => {
    for (;;) {
      const startedAt = clock.monotonic();
      lastReason = await running.exited;
      if (stopping.signal.aborted) return;
      failures = failuresAfter(failures, clock.monotonic() - startedAt);
      const next = await startAgain();
      if (next === undefined) return;
      running = next;
      if (stopping.signal.aborted) await running.stop();
      else log.info({ child: running.pid }, `${name} runs again`);
    }
  };

  const kept = keep();
  return {
    name,
    pid: () => running.pid,
    failures: () => failures,
    lastReason: () => lastReason,
    stop: async () => {
      stopping.abort();
      await running.stop();
      await kept;
    },
  };
}
