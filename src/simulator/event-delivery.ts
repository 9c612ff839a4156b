// EventBridge between ECS and the queue: delivers at least once and in no certain order, as badly as the faults say. Pure.
import type { Random } from "../random.ts";
import { createDueHeap } from "./due-heap.ts";
import type { Faults } from "./faults.ts";

/** A reordered event waits for the next one, but not for ever. */
const reorderPatienceMs = 1000;

/** What became of one event on its way, other than that it arrived. */
export type EventFate = "duplicated" | "delayed" | "reordered" | "dropped";

export interface EventDelivery {
  /** What arrives now: of the new events and of those that were kept back. */
  deliver(now: number, events: readonly string[], faults: Faults): readonly string[];
  nextDueAt(): number | undefined;
}

export function createEventDelivery(
  random: Random,
  onFate: (fate: EventFate, body: string) => void = () => {},
): EventDelivery {
  const late = createDueHeap<{ readonly body: string; sent: boolean }>();
  let keptBack: { readonly body: string; sent: boolean }[] = [];

  function deliverOne(now: number, body: string, faults: Faults, arriving: string[]): void {
    if (random.chance(faults.eventDropRatio)) return onFate("dropped", body);
    if (faults.eventLatencyMs > 0) {
      late.add(now + faults.eventLatencyMs, { body, sent: false });
      return;
    }
    if (random.chance(faults.eventDuplicateRatio)) {
      arriving.push(body);
      onFate("duplicated", body);
    }
    if (random.chance(faults.eventDelayRatio)) {
      onFate("delayed", body);
      late.add(now + random.int(0, faults.eventDelayMs), { body, sent: false });
      return;
    }
    if (random.chance(faults.eventReorderRatio)) {
      onFate("reordered", body);
      const kept = { body, sent: false };
      keptBack.push(kept);
      late.add(now + reorderPatienceMs, kept);
      return;
    }
    arriving.push(body);
    for (const kept of keptBack) {
      kept.sent = true;
      arriving.push(kept.body);
    }
    keptBack = [];
  }

  return {
    deliver: (now, events, faults) => {
      const arriving: string[] = [];
      for (const body of events) deliverOne(now, body, faults, arriving);
      for (let due = late.take(now); due; due = late.take(now)) {
        if (due.item.sent) continue;
        due.item.sent = true;
        arriving.push(due.item.body);
      }
      if (keptBack.length > 0) keptBack = keptBack.filter(({ sent }) => !sent);
      return arriving;
    },
    nextDueAt: () => late.nextAt(),
  };
}
