// A subscriber that leaves while nothing happens leaves nothing behind.
import { expect, test } from "vitest";
import type { Informer, Notice } from "./informer.ts";
import { streamChanges } from "./stream.ts";

/** An informer without clusters that counts who listens. */
function quietInformer(): { informer: Informer; listeners: Set<(notice: Notice) => void> } {
  const listeners = new Set<(notice: Notice) => void>();
  const informer: Informer = {
    views: new Map(),
    revision: 0,
    loaded: Promise.resolve(),
    isLoaded: true,
    problem: () => undefined,
    followEndpoints: () => {},
    listen: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    changesSince: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
  return { informer, listeners };
}

test("return ends a stream that waits for its next change, and stops listening", async () => {
  const { informer, listeners } = quietInformer();
  const stream = streamChanges({
    informer,
    covers: () => true,
    present: () => [],
    effects: () => [],
    after: undefined,
    snapshot: true,
  });
  expect(await stream.next()).toMatchObject({ value: { type: "SYNCED" } });
  const waiting = stream.next();
  await Promise.resolve();
  expect(listeners.size).toBe(1);
  await stream.return();
  expect(await waiting).toMatchObject({ done: true });
  expect(listeners.size).toBe(0);
});
