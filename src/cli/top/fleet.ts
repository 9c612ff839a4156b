// What `longshore top` knows of the fleet: a live list for each view, and how much happens. Takes steps in; asks nothing.
import type { JsonObject } from "../../ecs/json.ts";
import type { Step } from "../../client/follow.ts";
import { LiveList } from "../live-list.ts";
import { resources } from "../resources/all.ts";
import { at, clusterOf, say } from "../resources/fields.ts";
import type { Resource, ResourceColumn } from "../resources/resource.ts";
import { failureColumns, failureKey, failureOf, oneMore } from "./failures.ts";
import { Rates } from "./rates.ts";

export const viewNames = ["clusters", "instances", "daemons", "tasks", "failures"] as const;
/** What is followed; failures come of tasks. */
export const followedNames = ["clusters", "instances", "daemons", "tasks"] as const;
type FollowedName = (typeof followedNames)[number];
export type ViewName = (typeof viewNames)[number];

/** Every status but the ended ones: a day of those would fill the list, and one that ends comes as REMOVED. */
export const unstopped: JsonObject = {
  lastStatus: [
    "PROVISIONING",
    "PENDING",
    "ACTIVATING",
    "RUNNING",
    "DEACTIVATING",
    "STOPPING",
    "DEPROVISIONING",
  ],
};

export class Fleet {
  readonly lists: Readonly<Record<ViewName, LiveList>> = {
    clusters: new LiveList(resources.clusters.key),
    instances: new LiveList(resources.instances.key),
    daemons: new LiveList(resources.daemons.key),
    tasks: new LiveList(resources.tasks.key),
    failures: new LiveList(failureKey),
  };
  /** Tasks that are counted among the failures, by ARN. */
  readonly #failed = new Set<string>();
  readonly rates = new Rates();

  apply(view: FollowedName, step: Step, now: number): void {
    const list = this.lists[view];
    const before = list.apply(step);
    // A snapshot says what is, not what happens.
    if (step.kind !== "change" || !list.isWhole || view === "clusters") return;
    const cluster = clusterOf(step.entity);
    this.rates.add(cluster, "change", now);
    if (view !== "tasks") return;
    const isRunning = say(step.entity, "lastStatus") === "RUNNING";
    if (step.type === "REMOVED") {
      this.rates.add(cluster, "stop", now);
      this.stopped(step.entity);
    } else if (isRunning && before?.["lastStatus"] !== "RUNNING")
      this.rates.add(cluster, "start", now);
  }

  /** Counts a task that has stopped among the failures, once, if it did so by itself. */
  stopped(task: JsonObject): void {
    const failure = failureOf(task);
    const arn = say(task, "arn");
    if (!failure || this.#failed.has(arn)) return;
    this.#failed.add(arn);
    const { failures } = this.lists;
    const entity = oneMore(failures.get(failureKey(failure)), failure);
    failures.apply({ kind: "change", type: "MODIFIED", cursor: "", entity, change: {} });
  }

  /** The columns of a view: those of its list and, for clusters, how much happens. */
  columns(view: ViewName): readonly ResourceColumn[] {
    if (view === "failures") return failureColumns;
    const resource: Resource = resources[view];
    const shown = resource.columns.filter(({ wide }) => !wide);
    if (view !== "clusters") return shown;
    const rate = (title: string, what: "start" | "stop" | "change"): ResourceColumn => ({
      title,
      align: "right",
      value: (node, now) => String(this.rates.perMinute(say(node, "name"), what, now)),
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
    for (const cluster of clusters.values()) {
      const counts = at(cluster, "instanceCounts");
      instances += Number(counts["total"] ?? 0);
      draining += Number(counts["draining"] ?? 0);
      disconnected += Number(counts["agentDisconnected"] ?? 0);
      starts += this.rates.perMinute(say(cluster, "name"), "start", now);
      stops += this.rates.perMinute(say(cluster, "name"), "stop", now);
    }
    const phases = daemons.values().map((daemon) => say(at(daemon, "status"), "phase"));
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
