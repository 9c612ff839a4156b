// What `longshore top` knows of the fleet: a live list for each view, and how much happens. Takes steps in; asks nothing.
import type { Filters } from "../../client/kinds.ts";
import type { JsonObject } from "../../ecs/json.ts";
import type { Step } from "../../client/follow.ts";
import type { AnswerOf } from "../asked.ts";
import { LiveList } from "../live-list.ts";
import { resources } from "../resources/all.ts";
import { clusterOf } from "../resources/fields.ts";
import type { Resource, ResourceColumn } from "../resources/resource.ts";
import { failureColumns, failureKey, failureOf, oneMore, topTasks } from "./failures.ts";
import type { Failure, TopTask } from "./failures.ts";
import { Rates } from "./rates.ts";

export const viewNames = ["clusters", "instances", "daemons", "tasks", "failures"] as const;
/** What is followed; failures come of tasks. */
export const followed = {
  clusters: resources.clusters.shown,
  instances: resources.instances.shown,
  daemons: resources.daemons.shown,
  tasks: topTasks,
};
/** What is followed beside tasks. */
type Others = Omit<typeof followed, "tasks">;
export type ViewName = (typeof viewNames)[number];

/** Every status but the ended ones: a day of those would fill the list, and one that ends comes as REMOVED. */
export const unstopped = {
  lastStatus: [
    "PROVISIONING",
    "PENDING",
    "ACTIVATING",
    "RUNNING",
    "DEACTIVATING",
    "STOPPING",
    "DEPROVISIONING",
  ],
} satisfies Filters["tasks"];

export class Fleet {
  readonly lists = {
    clusters: new LiveList(resources.clusters),
    instances: new LiveList(resources.instances),
    daemons: new LiveList(resources.daemons),
    tasks: new LiveList<TopTask>(resources.tasks),
    failures: new LiveList<Failure>({ key: failureKey }),
  };
  /** Tasks that are counted among the failures, by ARN. */
  readonly #failed = new Set<string>();
  readonly rates = new Rates();

  apply<View extends keyof Others>(
    view: View,
    step: Step<AnswerOf<Others[View]>>,
    now: number,
  ): void {
    const list: LiveList<JsonObject> = this.lists[view];
    list.apply(step);
    // A snapshot says what is, not what happens.
    if (step.kind !== "change" || !list.isWhole) return;
    const entity: AnswerOf<Others[keyof Others]> = step.entity;
    if ("cluster" in entity) this.rates.add(clusterOf(entity), "change", now);
  }

  applyTask(step: Step<TopTask>, now: number): void {
    const list = this.lists.tasks;
    const before = list.apply(step);
    if (step.kind !== "change" || !list.isWhole) return;
    const cluster = clusterOf(step.entity);
    this.rates.add(cluster, "change", now);
    if (step.type === "REMOVED") {
      this.rates.add(cluster, "stop", now);
      this.stopped(step.entity);
    } else if (step.entity.lastStatus === "RUNNING" && before?.lastStatus !== "RUNNING")
      this.rates.add(cluster, "start", now);
  }

  /** Counts a task that has stopped among the failures, once, if it did so by itself. */
  stopped(task: TopTask): void {
    const failure = failureOf(task);
    if (!failure || this.#failed.has(task.arn)) return;
    this.#failed.add(task.arn);
    const { failures } = this.lists;
    const entity = oneMore(failures.get(failureKey(failure)), failure);
    failures.apply({ kind: "change", type: "MODIFIED", cursor: "", entity, change: {} });
  }

  /** What a row's details are asked for by; undefined when it is not there any more. */
  detailVariables(view: ViewName, key: string): JsonObject | undefined {
    const { daemons, failures } = this.lists;
    const list: LiveList<JsonObject> = this.lists[view];
    if (!list.get(key)) return undefined;
    if (view === "clusters") return { cluster: key };
    if (view === "failures") return { arn: failures.get(key)?.newest };
    const daemon = view === "daemons" ? daemons.get(key) : undefined;
    return daemon ? { cluster: daemon.cluster.arn, name: daemon.name } : { arn: key };
  }

  /** The columns of a view: those of its list and, for clusters, how much happens. */
  columns(view: ViewName): readonly ResourceColumn[] {
    if (view === "failures") return failureColumns;
    const resource: Resource = resources[view];
    const shown = resource.columns.filter(({ wide }) => !wide);
    if (view !== "clusters") return shown;
    const rate = (
      title: string,
      what: "start" | "stop" | "change",
    ): ResourceColumn<AnswerOf<Others["clusters"]>> => ({
      title,
      align: "right",
      value: ({ name }, now) => String(this.rates.perMinute(name, what, now)),
      drop: 2,
    });
    return [
      ...shown,
      rate("STARTS/MIN", "start"),
      rate("STOPS/MIN", "stop"),
      rate("CHANGES/MIN", "change"),
    ];
  }

  /** The fleet in one line. */
  summary(now: number): string {
    const { clusters, tasks, daemons } = this.lists;
    let [instances, draining, disconnected, starts, stops] = [0, 0, 0, 0, 0];
    for (const { name, instanceCounts } of clusters.values()) {
      instances += instanceCounts.total;
      draining += instanceCounts.draining;
      disconnected += instanceCounts.agentDisconnected;
      starts += this.rates.perMinute(name, "start", now);
      stops += this.rates.perMinute(name, "stop", now);
    }
    const phases = daemons.values().map(({ status }) => status.phase);
    const troubled = phases.filter((phase) => phase === "STUCK" || phase === "FAILING").length;
    return [
      `${clusters.size} clusters`,
      `${instances} instances${draining > 0 ? `, ${draining} draining` : ""}${disconnected > 0 ? `, ${disconnected} disconnected` : ""}`,
      `${tasks.size} tasks`,
      `${starts} starts/min, ${stops} stops/min`,
      `${daemons.size} daemons${troubled > 0 ? `, ${troubled} in trouble` : ""}`,
    ].join("  ");
  }
}
