// When an instance is called ready, and when not any more.
import { expect, test } from "vitest";
import { aDaemon, anInstance, aTask } from "../testing/entities.ts";
import { currentRevision, formatLaunchMark } from "./daemon.ts";
import { isHealthyThere, memoryKey, planReadiness, trustMs, unreadyMs } from "./readiness.ts";
import type { ReadinessMemory } from "./readiness.ts";

const daemon = aDaemon({ readinessAttribute: "ready" });
const other = aDaemon({ name: "other" });
const now = 1_000_000;
const fresh = (): ReadinessMemory => ({ done: new Map(), unreadySince: new Map() });
const marked = { name: "ready", value: "true" };

function steps(
  healthy: readonly boolean[],
  { memory = fresh(), at = now, has = false, daemons = [daemon, other] } = {},
) {
  const instance = anInstance("a", has ? { attributes: [marked] } : {});
  const selecting = healthy.map((isHealthy, index) => ({
    daemon: daemons[index] ?? other,
    isHealthy,
  }));
  return planReadiness(instance, ["ready"], selecting, memory, at);
}

test("an instance is ready when all daemons that select it are healthy, and is told so once", () => {
  expect(steps([true, true]).steps).toMatchObject([{ action: "put", name: "ready" }]);
  expect(steps([true, false]).steps).toEqual([]);
  expect(steps([true, true], { has: true }).steps).toEqual([]);
  const memory = fresh();
  memory.done.set(memoryKey(anInstance("a"), "ready"), { isSet: true, at: now });
  expect(steps([true, true], { memory }).steps).toEqual([]);
  // What was done is not believed for ever.
  expect(steps([true, true], { memory, at: now + trustMs }).steps).toHaveLength(1);
});

test("an instance loses the attribute only when it was unready for a while", () => {
  const memory = fresh();
  expect(steps([true, false], { memory, has: true })).toMatchObject({
    steps: [],
    again: now + unreadyMs,
  });
  expect(steps([true, false], { memory, has: true, at: now + unreadyMs }).steps).toMatchObject([
    { action: "delete" },
  ]);
  // A task that was replaced meanwhile begins anew.
  steps([true, true], { memory, has: true, at: now + unreadyMs });
  expect(steps([true, false], { memory, has: true, at: now + unreadyMs }).steps).toEqual([]);
});

test("an attribute that no daemon asks for any more goes at once", () => {
  expect(steps([true], { has: true, daemons: [other] }).steps).toMatchObject([
    { action: "delete" },
  ]);
});

test("healthy is a running task that is the daemon's own and not UNHEALTHY, or a run that succeeded", () => {
  const { template } = currentRevision(daemon);
  const startedBy = formatLaunchMark({ daemonId: daemon.id, template, launchId: "l1" });
  const there = (rest: object) => ({
    instance: anInstance("a"),
    tasks: [aTask("t", "a", { startedBy, ...rest })],
    placement: undefined,
  });
  expect(isHealthyThere(daemon, there({}))).toBe(true);
  expect(isHealthyThere(daemon, there({ healthStatus: "UNHEALTHY" }))).toBe(false);
  expect(isHealthyThere(daemon, there({ lastStatus: "PENDING" }))).toBe(false);
  expect(isHealthyThere(daemon, there({ group: "family:lamp" }))).toBe(false);
  expect(isHealthyThere({ ...daemon, mode: "ONCE_JOINED" }, there({}))).toBe(false);
});
