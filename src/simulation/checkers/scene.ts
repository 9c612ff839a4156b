// What several checkers need to remember of a world: true tasks and instances as ECS said them, what the store held,
// who held which lease. Built from facts alone; judges nothing.
import type { AwsRequest, ChangeFact, Fact, FactOf, ProcessRole, SaidFact } from "../facts.ts";

/** The mark of a daemon's task in `startedBy`, read here a second time. */
export interface Mark {
  readonly daemonId: string;
  readonly template: string;
  readonly launchId: string;
}

export function markOf(startedBy: string | undefined): Mark | undefined {
  const match = /^longshore\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(startedBy ?? "");
  if (!match) return undefined;
  const [, daemonId = "", template = "", launchId = ""] = match;
  return { daemonId, template, launchId };
}

/** A task as it truly is. */
export interface TrueTask {
  readonly arn: string;
  readonly cluster: string;
  readonly instance: string | undefined;
  readonly mark: Mark | undefined;
  readonly group: string | undefined;
  status: string;
  desiredStatus: string;
  stopCode: string | undefined;
  exitCodes: readonly (number | undefined)[];
  /** World time. */
  readonly seenAt: number;
  runningSince: number | undefined;
  stoppedAt: number | undefined;
  /** The request of ours that started it, and when it was sent; undefined for a task of somebody else. */
  startedBy: { readonly request: AwsRequest; readonly sentAt: number } | undefined;
}

/** Of a daemon's stored record, what checkers read. */
export interface StoredDaemon {
  readonly name: string;
  readonly id: string;
  readonly mode: "ALWAYS" | "ONCE_JOINED" | "ONCE_LEAVING";
  readonly launch: "START_TASK" | "RUN_TASK";
  readonly paused: boolean;
  readonly deleting: boolean;
  readonly revision: number;
  readonly stableRevision: number;
  readonly promotedRevision: number;
  readonly rollout: {
    readonly method: "TERMINATE_THEN_REPLACE" | "REPLACE_THEN_TERMINATE";
    readonly minHealthyPercent: number;
    readonly maxOverPercent: number;
    readonly canaryPercent: number;
    readonly autoRollback: boolean;
  };
  readonly drainOrder: number;
  readonly readinessAttribute: string;
  readonly rolledBack?: { readonly revision: number } | undefined;
  readonly revisions: readonly {
    readonly revision: number;
    readonly taskDefinition: string;
    readonly selector: string;
    readonly template: string;
    readonly createdAt: number;
  }[];
}

/** Of a placement's stored record, what checkers read. */
export interface StoredPlacement {
  readonly daemon: string;
  readonly containerInstanceId: string;
  readonly generation: number;
  readonly state: "PENDING" | "STARTING" | "FAILED" | "SUCCEEDED" | "SKIPPED";
  readonly launchId: string;
  readonly template: string;
  readonly attempts: number;
  readonly taskArn?: string | undefined;
  readonly templateAttempts?: number | undefined;
  readonly cause?: string | undefined;
  readonly reason?: string | undefined;
  readonly lookups?: number | undefined;
  readonly emptied?: boolean | undefined;
  readonly stop?: { readonly failures?: number | undefined } | undefined;
}

export interface Lease {
  readonly process: string;
  readonly lease: string;
  /** World time. */
  readonly until: number;
}

/** A restart of Redis with writes lost. */
export interface Loss {
  readonly at: number;
  readonly lostSince: number;
  /** `cluster kind id` of every record that fell back. */
  readonly records: ReadonlySet<string>;
}

/** Longer than any loss of Redis goes back. */
const keptMs = 120_000;

export const recordKey = (cluster: string, entity: string, id: string): string =>
  `${cluster} ${entity} ${id}`;

export const idOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

export class Scene {
  readonly roles = new Map<string, ProcessRole>();
  readonly losses: Loss[] = [];
  /** Now, by the last fact. */
  now = 0;
  readonly #tasks = new Map<string, TrueTask>();
  readonly #byPlace = new Map<string, Set<TrueTask>>();
  readonly #instances = new Map<string, SaidFact>();
  readonly #records = new Map<string, { readonly record: string; readonly since: number }>();
  readonly #daemons = new Map<string, StoredDaemon>();
  readonly #daemonNames = new Map<string, string>();
  readonly #leases = new Map<string, Lease>();
  readonly #sent = new Map<number, number>();
  #changes: ChangeFactAt[] = [];

  /** To be told every fact before the checkers are. */
  hear(fact: Fact): void {
    this.now = fact.at;
    if (fact.kind === "said") this.#said(fact);
    else if (fact.kind === "process") this.roles.set(fact.process, fact.role);
    else if (fact.kind === "sent") this.#sent.set(fact.request.callId, fact.at);
    else if (fact.kind === "executed") this.#executed(fact);
    else if (fact.kind === "change") this.#changed(fact);
    else if (fact.kind === "lease") this.#leased(fact);
    else if (fact.kind === "redis") this.#lost(fact);
  }

  /** By ARN or id. */
  task(arnOrId: string): TrueTask | undefined {
    return this.#tasks.get(idOf(arnOrId));
  }

  /** A daemon's tasks on an instance, ended ones included. */
  tasksOf(cluster: string, daemonId: string, instance: string): readonly TrueTask[] {
    return [...(this.#byPlace.get(recordKey(cluster, daemonId, instance)) ?? [])];
  }

  instance(cluster: string, id: string): SaidFact | undefined {
    return this.#instances.get(recordKey(cluster, "i", id));
  }

  /** Ids of the instances of a cluster that have not left; of those of which ECS has said nothing, as the store has it. */
  *instances(cluster: string): Generator<string> {
    for (const said of this.#instances.values())
      if (said.cluster === cluster && said.status !== "INACTIVE") yield said.id;
    for (const [id, record] of this.records(cluster, "i"))
      if (!this.instance(cluster, id) && !record.includes('"status":"INACTIVE"')) yield id;
  }

  record(cluster: string, entity: string, id: string): string | undefined {
    return this.#records.get(recordKey(cluster, entity, id))?.record;
  }

  /** Since when the present record is as it is, world time. */
  recordSince(cluster: string, entity: string, id: string): number | undefined {
    return this.#records.get(recordKey(cluster, entity, id))?.since;
  }

  /** Present records of one kind in a cluster, by id. */
  *records(cluster: string, entity: string): Generator<readonly [id: string, record: string]> {
    const start = recordKey(cluster, entity, "");
    for (const [key, { record }] of this.#records)
      if (key.startsWith(start)) yield [key.slice(start.length), record];
  }

  daemon(cluster: string, name: string): StoredDaemon | undefined {
    return this.#daemons.get(recordKey(cluster, "d", name));
  }

  /** Also of one that is not there any more. */
  daemonName(cluster: string, daemonId: string): string | undefined {
    return this.#daemonNames.get(recordKey(cluster, "", daemonId));
  }

  daemonById(cluster: string, daemonId: string): StoredDaemon | undefined {
    const name = this.daemonName(cluster, daemonId);
    return name === undefined ? undefined : this.daemon(cluster, name);
  }

  /** The lease that is in force at the store now. */
  lease(cluster: string, purpose: string): Lease | undefined {
    const lease = this.#leases.get(`${cluster} ${purpose}`);
    return lease && lease.until > this.now ? lease : undefined;
  }

  sentAt(callId: number): number | undefined {
    return this.#sent.get(callId);
  }

  #said(fact: SaidFact): void {
    if (fact.entity === "i") {
      this.#instances.set(recordKey(fact.cluster, "i", fact.id), fact);
      return;
    }
    const { arn, cluster, status, task } = fact;
    if (!task) return;
    let known = this.#tasks.get(fact.id);
    if (!known) {
      known = {
        arn,
        cluster,
        instance: task.containerInstance,
        mark: markOf(task.startedBy),
        group: task.group,
        status,
        desiredStatus: task.desiredStatus,
        stopCode: undefined,
        exitCodes: [],
        seenAt: this.now,
        runningSince: undefined,
        stoppedAt: undefined,
        startedBy: undefined,
      };
      this.#tasks.set(fact.id, known);
      if (known.mark && known.instance) this.#place(known, known.mark.daemonId, known.instance);
    }
    if (status === "RUNNING") known.runningSince ??= this.now;
    if (status === "STOPPED") known.stoppedAt ??= this.now;
    known.status = status;
    known.desiredStatus = task.desiredStatus;
    known.stopCode = task.stopCode;
    known.exitCodes = task.exitCodes;
  }

  #place(task: TrueTask, daemonId: string, instance: string): void {
    const key = recordKey(task.cluster, daemonId, instance);
    const there = this.#byPlace.get(key) ?? new Set();
    this.#byPlace.set(key, there.add(task));
  }

  #executed({ request, started = [] }: FactOf<"executed">): void {
    const sentAt = this.#sent.get(request.callId) ?? this.now;
    for (const { task } of started) {
      const known = this.task(task);
      if (known) known.startedBy = { request, sentAt };
    }
  }

  #changed(fact: ChangeFactAt): void {
    this.#changes.push(fact);
    const first = this.#changes[0];
    if (this.#changes.length > 1000 && first && first.at < fact.at - keptMs)
      this.#changes = this.#changes.filter(({ at }) => at >= fact.at - keptMs);
    this.#put(fact, fact.after);
  }

  #put({ cluster, entity, id }: ChangeFact, record: string | undefined): void {
    const key = recordKey(cluster, entity, id);
    if (record === undefined) this.#records.delete(key);
    else this.#records.set(key, { record, since: this.now });
    if (entity !== "d") return;
    if (record === undefined) {
      this.#daemons.delete(key);
      return;
    }
    const daemon: StoredDaemon = JSON.parse(record);
    this.#daemons.set(key, daemon);
    this.#daemonNames.set(recordKey(cluster, "", daemon.id), daemon.name);
  }

  #leased({ process, cluster, purpose, change, lease, until }: FactOf<"lease">): void {
    const key = `${cluster} ${purpose}`;
    if (change === "released") this.#leases.delete(key);
    else if (change !== "refused" && lease !== undefined && until !== undefined)
      this.#leases.set(key, { process, lease, until });
  }

  #lost({ life, lostSince }: FactOf<"redis">): void {
    if (life === "wiped") {
      this.losses.push({ at: this.now, lostSince: 0, records: new Set(this.#records.keys()) });
      this.#records.clear();
      this.#daemons.clear();
      this.#leases.clear();
    }
    if (lostSince === undefined) return;
    const records = new Set<string>();
    for (const change of this.#changes.toReversed()) {
      if (change.at <= lostSince) break;
      records.add(recordKey(change.cluster, change.entity, change.id));
      this.#put(change, change.before);
    }
    this.#changes = this.#changes.filter(({ at }) => at <= lostSince);
    this.losses.push({ at: this.now, lostSince, records });
  }
}

type ChangeFactAt = FactOf<"change">;
