// Joins what several pollers want stored of one cluster into one call: while a call is under way, the next one
// fills up. An idle store is called at once, a busy one seldom. Holds no more than its callers wait for.
import type { ClusterArn } from "../ecs/arn.ts";
import type { Observation } from "../store/record.ts";
import type { ApplyResult, StateStore } from "../store/store.ts";

/** A longer script call would keep other clients of Redis waiting for more than a few milliseconds. */
const observationsMax = 200;

interface Waiting {
  readonly observations: readonly Observation[];
  readonly resolve: (results: ApplyResult[]) => void;
  readonly reject: (reason: unknown) => void;
}

/** Same contract as {@link StateStore.apply}; a call that fails fails for everybody who was in it or waited for the next. */
export type GroupApply = StateStore["apply"];

export function createGroupApply(store: Pick<StateStore, "apply">): GroupApply {
  /** Clusters with a call under way, and who waits for the next. */
  const busy = new Map<ClusterArn, Waiting[]>();

  function takeGroup(waiting: Waiting[]): Waiting[] {
    let size = 0;
    const end = waiting.findIndex(({ observations }, index) => {
      size += observations.length;
      return index > 0 && size > observationsMax;
    });
    return waiting.splice(0, end < 0 ? waiting.length : end);
  }

  async function callNext(cluster: ClusterArn, waiting: Waiting[]): Promise<void> {
    const group = takeGroup(waiting);
    try {
      const results = await store.apply(
        cluster,
        group.flatMap(({ observations }) => observations),
      );
      let at = 0;
      for (const { observations, resolve } of group)
        resolve(results.slice(at, (at += observations.length)));
    } catch (error) {
      // A store that is away would keep the next group as long again.
      for (const { reject } of [...group, ...waiting.splice(0)]) reject(error);
    }
  }

  async function work(cluster: ClusterArn, waiting: Waiting[]): Promise<void> {
    while (waiting.length > 0) await callNext(cluster, waiting);
    busy.delete(cluster);
  }

  return (cluster, observations) =>
    new Promise((resolve, reject) => {
      const one = { observations, resolve, reject };
      const waiting = busy.get(cluster);
      if (waiting) return void waiting.push(one);
      const first = [one];
      busy.set(cluster, first);
      void work(cluster, first);
    });
}
