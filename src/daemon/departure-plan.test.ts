// What is done about an instance that is about to go, case by case.
import { describe, expect, test } from "vitest";
import { aDaemon, anInstance } from "../testing/entities.ts";
import { leavingDaemons, planDeparture } from "./departure-plan.ts";
import type { DepartureFacts, DepartureSettings } from "./departure-plan.ts";
import type { Placement } from "./placement.ts";

const settings: DepartureSettings = { hooks: ["longshore"], drain: true };
const spot = { ec2InstanceId: "i-a", account: "111122223333", region: "eu-west-1", at: 0 };
const hooked = { ...spot, hook: { group: "quay-asg", name: "longshore", token: "t" } };
const foreign = { ...spot, hook: { group: "quay-asg", name: "backup", token: "t" } };
const draining = anInstance("a", { status: "DRAINING" });

function decide(facts: Partial<DepartureFacts>, over: Partial<DepartureSettings> = {}) {
  const all = { departure: hooked, instance: draining, leaving: [], serviceTasks: 0, ...facts };
  return planDeparture(all, { ...settings, ...over }).action;
}

describe("a departure", () => {
  test.each([
    ["of an ACTIVE instance drains it", { instance: anInstance("a") }, {}, "drain"],
    ["of a spot instance drains it", { departure: spot, instance: anInstance("a") }, {}, "drain"],
    ["at another's hook drains it", { departure: foreign, instance: anInstance("a") }, {}, "drain"],
    ["holds nothing for spot", { departure: spot, leaving: ["flush"] }, {}, "forget"],
    ["holds no other's hook", { departure: foreign, leaving: ["flush"] }, {}, "forget"],
    ["waits for whoever drains", { instance: anInstance("a") }, { drain: false }, "wait"],
    ["is held for leaving tasks", { leaving: ["flush"] }, {}, "hold"],
    ["is held for services", { serviceTasks: 2 }, {}, "hold"],
    ["is released when nothing is left", {}, {}, "release"],
    [
      "is over with its instance",
      { instance: anInstance("a", { status: "INACTIVE" }) },
      {},
      "forget",
    ],
  ] as const)("%s", (_, facts, over, action) => {
    expect(decide(facts, over)).toBe(action);
  });
});

describe("daemons that must end first", () => {
  const leaving = (rest: object = {}) => aDaemon({ mode: "ONCE_LEAVING", ...rest });
  const run = (state: Placement["state"]): Placement => ({
    kind: "placement",
    daemon: "lamp",
    containerInstanceId: "a",
    generation: 1,
    state,
    launchId: "l",
    template: "t",
    attempts: 1,
    requestedAt: 0,
  });
  const left = (daemon = leaving(), placement?: Placement, isSelected = true) =>
    leavingDaemons(
      draining,
      [daemon],
      () => isSelected,
      () => placement,
    );

  test("are those of its mode that select it and have not succeeded or been skipped there", () => {
    expect(left()).toEqual(["lamp"]);
    for (const state of ["PENDING", "STARTING", "FAILED"] as const)
      expect(left(leaving(), run(state))).toEqual(["lamp"]);
    for (const state of ["SUCCEEDED", "SKIPPED"] as const)
      expect(left(leaving(), run(state))).toEqual([]);
    expect(left(leaving(), undefined, false)).toEqual([]);
    expect(left(aDaemon())).toEqual([]);
  });

  test("are none that is paused or being removed: it would hold the instance for ever", () => {
    expect(left(leaving({ paused: true }))).toEqual([]);
    expect(left(leaving({ deleting: true }))).toEqual([]);
  });
});
