// Starts of long ago. Their records tell in which cluster a key may have a task, and are kept while it may: this finds
// out of which the task is gone. Reads ECS, writes nothing.
import type { ClusterArn, TaskArn } from "../ecs/arn.ts";
import { awsErrorName } from "../ecs/aws-error.ts";
import { isStopped } from "../ecs/task.ts";
import { tasksStartedBy } from "../scheduler/protocol.ts";
import type { Loaded } from "./intents.ts";
import type { Kit } from "./kit.ts";
import { isOldStart, keyOfStart } from "./launch-record.ts";
import type { StartRecord } from "./launch-record.ts";
import { markOf } from "./mark.ts";

/** Tasks that one call describes. */
const lookedAtOnce = 100;
/** How seldom one is looked at again, ms. */
const lookEveryMs = 3_600_000;

export class OldStarts {
  readonly #kit: Pick<Kit, "name" | "clock" | "ecsOf">;
  readonly #lookedAt = new WeakMap<StartRecord, number>();

  constructor(kit: Pick<Kit, "name" | "clock" | "ecsOf">) {
    this.#kit = kit;
  }

  /** Looks at some of one cluster, those that were not looked at lately. Throws what ECS throws. */
  async look({ records, gone }: Loaded): Promise<void> {
    const now = this.#kit.clock.now();
    const lookedAt = (record: StartRecord) => this.#lookedAt.get(record) ?? 0;
    const due = [...records]
      .flatMap(([id, record]) => {
        const key = keyOfStart(id);
        const isDue = key !== undefined && isOldStart(record, now);
        return isDue && now - lookedAt(record) >= lookEveryMs ? [{ key, record }] : [];
      })
      .toSorted((one, other) => lookedAt(one.record) - lookedAt(other.record));
    const [first] = due;
    if (!first) return;
    const { cluster, task } = first.record;
    const named = due.filter(({ record }) => record.cluster === cluster && record.task);
    const some = task === undefined ? [first] : named.slice(0, lookedAtOnce);
    for (const { record } of some) this.#lookedAt.set(record, now);
    const tasks = some.flatMap(({ record }) => record.task ?? []);
    const there = await unlessClusterIsGone(() =>
      tasks.length > 0 ? this.#present(cluster, tasks) : this.#startedFor(cluster, first.key),
    );
    for (const { record } of some)
      if (record.task === undefined ? there.length === 0 : !there.includes(record.task))
        gone.add(record);
  }

  async #present(cluster: ClusterArn, tasks: readonly TaskArn[]): Promise<readonly TaskArn[]> {
    const { entities, failures } = await this.#kit.ecsOf(cluster).ecs.describeTasks(cluster, tasks);
    const untold = failures.flatMap(({ arn, reason }) => (reason === "MISSING" ? [] : (arn ?? [])));
    return [...entities.filter((each) => !isStopped(each)).map(({ arn }) => arn), ...untold];
  }

  async #startedFor(cluster: ClusterArn, key: string): Promise<readonly TaskArn[]> {
    const { ecs } = this.#kit.ecsOf(cluster);
    const found = await tasksStartedBy(ecs, cluster, markOf(this.#kit.name, key), []);
    return found.filter((each) => !isStopped(each)).map(({ arn }) => arn);
  }
}

/** What there is of a cluster: nothing where ECS has no such cluster any more. */
export async function unlessClusterIsGone<Found>(
  ask: () => Promise<readonly Found[]>,
): Promise<readonly Found[]> {
  try {
    return await ask();
  } catch (error) {
    if (awsErrorName(error) === "ClusterNotFoundException") return [];
    throw error;
  }
}
