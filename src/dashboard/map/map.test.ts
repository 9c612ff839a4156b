// Tiles: where they stand, where the arrows lead, and what their colours say.
import { describe, expect, it } from "vitest";
import type { Instance, Task } from "../model.ts";
import { layOut, neighbour, placeAt, tileSize } from "./layout.ts";
import { legendOf, lookOf, meanings } from "./meaning.ts";
import type { Subject } from "./meaning.ts";

const rem = 14;
const zones = (...counts: number[]) =>
  counts.map((count, zone) => ({
    name: `zone ${zone}`,
    arns: Array.from({ length: count }, (_, index) => `${zone}-${index}`),
  }));

describe("a layout", () => {
  it.each([
    [1, 320],
    [40, 358],
    [40, 1400],
    [900, 700],
    [5000, 1400],
    [5000, 3200],
  ])("of %i tiles in %i px lets none overlap or stand out", (count, width) => {
    const layout = layOut(zones(count, 3, 0), tileSize(count, rem), width, rem);
    const { tile } = layout;
    expect(layout.places).toHaveLength(count + 3);
    const taken = new Set<string>();
    for (const { x, y, arn } of layout.places) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + tile.width).toBeLessThanOrEqual(width + 0.5);
      expect(y + tile.height).toBeLessThanOrEqual(layout.height + 0.5);
      taken.add(`${Math.round(x)} ${Math.round(y)}`);
      expect(placeAt(layout, x + tile.width / 2, y + tile.height / 2)?.arn).toBe(arn);
    }
    expect(taken.size).toBe(layout.places.length);
  });

  it("is walked by arrows from its first tile to its last, and never left", () => {
    const layout = layOut(zones(7, 5), tileSize(12, rem), 600, rem);
    const last = layout.places.length - 1;
    for (const [from] of layout.places.entries())
      for (const key of ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"]) {
        const to = neighbour(layout, from, key);
        expect(layout.places[to]).toBeDefined();
        const down = (layout.places[to]?.y ?? 0) - (layout.places[from]?.y ?? 0);
        const wrongWay = (key === "ArrowDown" && down < 0) || (key === "ArrowUp" && down > 0);
        expect([from, key, wrongWay]).toEqual([from, key, false]);
      }
    expect([neighbour(layout, 3, "Home"), neighbour(layout, 3, "End")]).toEqual([0, last]);
    expect(neighbour(layout, last, "ArrowRight")).toBe(last);
  });
});

const instance: Instance = {
  arn: "a",
  id: "a",
  cluster: { arn: "c", name: "quay" },
  ec2InstanceId: "i-a",
  status: "ACTIVE",
  statusSince: null,
  statusReason: null,
  agentConnectedSince: null,
  agentConnected: true,
  agentVersion: null,
  availabilityZone: null,
  instanceType: null,
  capacityProvider: null,
  registeredAt: null,
  cpu: { total: 1000, free: 900 },
  memory: null,
};
const task = (more: Partial<Task>): [string, Task] => [
  "t",
  { lastStatus: "RUNNING", desiredStatus: "RUNNING", healthStatus: null, ...more } as Task,
];
const subject = (more: Partial<Subject>): Subject => ({
  instance,
  tasks: new Map([task({})]),
  daemons: [],
  ...more,
});

describe("a meaning", () => {
  const tone = (meaning: Parameters<typeof lookOf>[0], more: Partial<Subject>) =>
    lookOf(meaning, subject(more)).tone;

  it("of status and agent is bad without an agent, whatever the status", () => {
    expect(tone("status", {})).toBe("good");
    expect(tone("status", { instance: { ...instance, status: "DRAINING" } })).toBe("busy");
    const off = { ...instance, status: "DRAINING", agentConnected: false };
    expect([tone("status", { instance: off }), tone("agent", { instance: off })]).toEqual([
      "bad",
      "bad",
    ]);
  });

  it("of room is by what is free, and plain where nobody knows", () => {
    const free = (amount: number) =>
      tone("cpu", { instance: { ...instance, cpu: { total: 1000, free: amount } } });
    expect([1000, 801, 500, 1, 0, -5].map(free)).toEqual([
      "heat0",
      "heat0",
      "heat2",
      "heat4",
      "heat4",
      "heat4",
    ]);
    expect(tone("memory", {})).toBe("plain");
  });

  it("of health is the worst of the tasks", () => {
    const of = (more: Partial<Task>) => tone("health", { tasks: new Map([task(more)]) });
    expect(of({})).toBe("good");
    expect(of({ desiredStatus: "STOPPED" })).toBe("busy");
    expect(of({ healthStatus: "UNHEALTHY", desiredStatus: "STOPPED" })).toBe("bad");
    expect(tone("health", { tasks: new Map() })).toBe("plain");
  });

  it("of daemons counts those that are wanted there", () => {
    const of = (...states: string[]) =>
      lookOf(
        "daemons",
        subject({ daemons: states.map((state, index) => ({ name: `d${index}`, state })) }),
      );
    expect(of("RUNNING", "SUCCEEDED", "EXCLUDED")).toEqual({ tone: "good", text: "2 of 2" });
    expect(of("RUNNING", "WAITING")).toEqual({ tone: "busy", text: "1 of 2" });
    expect(of("RUNNING", "FAILED").tone).toBe("bad");
    expect(of("EXCLUDED").tone).toBe("plain");
    expect(lookOf("daemons", subject({ daemons: undefined })).tone).toBe("plain");
  });

  it("has a legend with each colour that it uses, once", () => {
    const capacities = [...[1000, 700, 500, 300, 0].map((free) => ({ total: 1000, free })), null];
    const states = [["RUNNING"], ["WAITING"], ["FAILED"], ["EXCLUDED"], undefined];
    const subjects = [
      ...["ACTIVE", "DRAINING"].map((status) => ({ instance: { ...instance, status } })),
      { instance: { ...instance, agentConnected: false } },
      ...capacities.map((each) => ({ instance: { ...instance, cpu: each, memory: each } })),
      ...[{}, { desiredStatus: "STOPPED" }, { healthStatus: "UNHEALTHY" }].map((more) => ({
        tasks: new Map([task(more)]),
      })),
      { tasks: new Map() },
      ...states.map((each) => ({ daemons: each?.map((state) => ({ name: "d", state })) })),
    ].map(subject);
    for (const [meaning] of meanings) {
      const used = new Set(subjects.map((each) => lookOf(meaning, each).tone));
      const tones = legendOf(meaning).map(([each]) => each);
      expect([meaning, tones.toSorted()]).toEqual([meaning, [...used].toSorted()]);
    }
  });
});
