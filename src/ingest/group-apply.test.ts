// Joining calls: every caller gets its own results, a busy store is called seldom, and clusters do not wait for each other.
import { describe, expect, it } from "vitest";
import { observeTask } from "../store/record.ts";
import type { Observation } from "../store/record.ts";
import type { ApplyResult } from "../store/store.ts";
import { aTask, testCluster } from "../testing/entities.ts";
import { createGroupApply } from "./group-apply.ts";

const observed = (...ids: string[]): Observation[] =>
  ids.map((id) => observeTask(aTask(id, undefined), "event", 0));

/** A store that answers when told to; a result says whether its task's id is even. */
function heldStore() {
  const calls: {
    cluster: string;
    ids: string[];
    answer: () => void;
    fail: (error: Error) => void;
  }[] = [];
  const apply = (cluster: string, observations: readonly Observation[]): Promise<ApplyResult[]> =>
    new Promise((resolve, reject) => {
      const ids = observations.map(({ id }) => id);
      const results = ids.map((id): ApplyResult => (Number(id) % 2 === 0 ? "applied" : "stale"));
      calls.push({ cluster, ids, answer: () => resolve(results), fail: reject });
    });
  return { calls, apply };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("createGroupApply", () => {
  it("calls an idle store at once and joins what comes meanwhile", async () => {
    const { calls, apply } = heldStore();
    const grouped = createGroupApply({ apply });
    const first = grouped(testCluster, observed("1"));
    const second = grouped(testCluster, observed("2", "3"));
    const third = grouped(testCluster, observed("4"));
    expect(calls.map(({ ids }) => ids)).toEqual([["1"]]);
    calls[0]?.answer();
    expect(await first).toEqual(["stale"]);
    await turn();
    expect(calls[1]?.ids).toEqual(["2", "3", "4"]);
    calls[1]?.answer();
    expect(await second).toEqual(["applied", "stale"]);
    expect(await third).toEqual(["applied"]);
    const later = grouped(testCluster, observed("6"));
    expect(calls).toHaveLength(3);
    calls[2]?.answer();
    expect(await later).toEqual(["applied"]);
  });

  it("does not let one cluster wait for another", () => {
    const { calls, apply } = heldStore();
    const grouped = createGroupApply({ apply });
    void grouped(testCluster, observed("1"));
    void grouped(`${testCluster}-2`, observed("2"));
    expect(calls.map(({ ids }) => ids)).toEqual([["1"], ["2"]]);
  });

  it("fails for everybody who waits, and works again", async () => {
    const { calls, apply } = heldStore();
    const grouped = createGroupApply({ apply });
    const outcomes = Promise.allSettled(
      ["1", "2", "3"].map((id) => grouped(testCluster, observed(id))),
    );
    calls[0]?.fail(new Error("gone"));
    expect((await outcomes).map(({ status }) => status)).toEqual([
      "rejected",
      "rejected",
      "rejected",
    ]);
    expect(calls).toHaveLength(1);
    const again = grouped(testCluster, observed("4"));
    calls[1]?.answer();
    expect(await again).toEqual(["applied"]);
  });

  it("keeps a call short", async () => {
    const { calls, apply } = heldStore();
    const grouped = createGroupApply({ apply });
    const many = Array.from({ length: 90 }, (_, at) => String(at));
    const all = [many, many, many, many].map((ids) => grouped(testCluster, observed(...ids)));
    for (let at = 0; at < 3; at++) {
      calls[at]?.answer();
      await turn();
    }
    await Promise.all(all);
    expect(calls.map(({ ids }) => ids.length)).toEqual([90, 180, 90]);
  });
});
