// What becomes of messages that cannot be stored while others can, because a part of a Redis Cluster is away: they are
// held for a moment, then left to SQS, so that the pollers go on with the others. When nothing can be stored they are
// held in any case.
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Message, Queue } from "../sqs/queue.ts";
import type { StateStore } from "../store/store.ts";
import { describeFault } from "./faults.ts";
import type { Outcome } from "./storing.ts";
import type { WriteTrouble } from "./write-trouble.ts";

/** How long the others' word counts. */
const wordAgeMaxMs = 1000;
/** After SQS would not hide a message. */
const hideAgainMs = 10_000;
const firstLeftSeconds = 30;
/** SQS hides a message for twelve hours in all, from its receive on. */
const longestLeftSeconds = 21_600;

export interface PartOutageOptions {
  readonly store: Pick<StateStore, "noteFreshness">;
  readonly queue: Pick<Queue, "changeVisibility">;
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Log;
  readonly trouble: WriteTrouble;
}

/** all: nothing can be stored. part: hold them for a moment. left: they are SQS's now. */
export type Verdict = "all" | "part" | "left";

/**
 * How long a message that cannot be stored now is left to SQS, by how often it was received. Soon back after a failover;
 * of the five receives that our templates allow, the last one ends an hour after the first. Pure.
 */
export function leftSeconds(receiveCount: number): number {
  return Math.min(firstLeftSeconds * 3 ** Math.max(0, receiveCount - 1), longestLeftSeconds);
}

export function createPartOutage({ store, queue, clock, log, trouble }: PartOutageOptions) {
  let word: { readonly at: number; readonly others: Promise<boolean> } | undefined;
  let hideAgainAt = 0;

  /** Whether clusters that are not in trouble can be written. A success from before the last failure says nothing of it. */
  function othersCanBeWritten(failedAt: number): Promise<boolean> {
    const now = clock.monotonic();
    if (!word || word.at < failedAt || now - word.at > wordAgeMaxMs) {
      const written = trouble.witnesses().map((cluster) => store.noteFreshness(cluster, {}));
      const others = Promise.any(written).then(
        () => true,
        () => false,
      );
      word = { at: now, others };
    }
    return word.others;
  }

  /** False when SQS would not hide them: they would come back too soon to be left to it. */
  async function leave(messages: readonly Message[]): Promise<boolean> {
    if (clock.monotonic() < hideAgainAt) return false;
    const groups = Map.groupBy(messages, ({ receiveCount }) => leftSeconds(receiveCount));
    const hiding = [...groups].map(([seconds, group]) => queue.changeVisibility(group, seconds));
    try {
      await Promise.all(hiding);
      return true;
    } catch (error) {
      hideAgainAt = clock.monotonic() + hideAgainMs;
      log.debug({ reason: describeFault(error) }, "could not hide messages that cannot be stored");
      return false;
    }
  }

  return async ({ unstored, faults }: Outcome): Promise<Verdict> => {
    if (!(await othersCanBeWritten(trouble.lastFailureOf(faults.keys())))) {
      trouble.forget();
      return "all";
    }
    if (!trouble.isLasting(clock.monotonic()) || !(await leave(unstored))) return "part";
    for (const [part, error] of faults)
      if (trouble.leave(part))
        log.error(
          { part, reason: describeFault(error) },
          "this part of the store takes no writes, while others do: its messages are left to the queue until it does",
        );
    return "left";
  };
}
