// An independent model of what the store must hold of one entity, and random histories to feed it with. The model
// knows nothing of records, scripts or Redis. Only for tests.
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task, TimelineEntry } from "../ecs/task.ts";
import type { Random } from "../random.ts";
import { anInstance, aTask } from "../testing/entities.ts";
import { observeContainerInstance, observePrivateIp, observeTask } from "./record.ts";
import type { Observation } from "./record.ts";
import type { ApplyResult } from "./store.ts";

/** What ECS said of an entity at one of its versions. */
export interface Said {
  readonly kind: "i" | "t";
  readonly id: string;
  readonly version: bigint;
  readonly entity: Task | ContainerInstance;
  readonly ended: boolean;
}

/** One thing that is told to the store and to the model. */
export interface Told {
  readonly kind: "i" | "t";
  readonly id: string;
  readonly by: "event" | "describe" | "ec2";
  /** Undefined for what EC2 tells. */
  readonly said: Said | undefined;
  /** What only the API or EC2 knows, new with each telling. */
  readonly extra: string;
  readonly saidAt: number | undefined;
}

const taskLife = ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPED"];

/** All that ECS ever says of one entity, oldest first. Versions have gaps; some are beyond what a double holds. */
export function makeHistory(random: Random, kind: "i" | "t", id: string, now: number): Said[] {
  let version = random.pick([1n, 8n, 97n, 2n ** 53n - 2n]);
  const length = random.int(2, 7);
  const ends = random.chance(0.7);
  let stage = random.int(0, 3);
  const says = (index: number): Said => {
    version += BigInt(random.pick([1, 1, 1, 2, 5]));
    const isLast = index === length - 1;
    const common = { version: String(version), updatedAt: now - 50_000 + index * 100 };
    const ended = isLast && ends;
    if (kind === "i") {
      const status = ended ? "INACTIVE" : random.pick(["ACTIVE", "DRAINING"]);
      const attributes = random.chance(0.3) ? [] : [{ name: "seen", value: common.version }];
      const agentVersion = random.pick(["1.9", "1.10"]);
      const agentConnected = random.chance(0.7);
      return {
        kind,
        id,
        version,
        ended,
        entity: anInstance(id, { ...common, status, attributes, agentVersion, agentConnected }),
      };
    }
    // ECS says more of a task than its status: some versions bring none that is new.
    if (index > 0 && random.chance(0.7)) stage = Math.min(stage + 1, 4);
    const lastStatus = ended ? "STOPPED" : (taskLife[stage] ?? "RUNNING");
    const times = { createdAt: undefined, startedAt: undefined, stoppedAt: undefined };
    const container = { arn: `c-${id}`, name: "main", image: random.pick(["a", "b"]) };
    const containers = [{ ...container, lastStatus, networkBindings: [], networkInterfaces: [] }];
    const stopCode = ended ? random.pick(["UserInitiated", "TaskFailedToStart"]) : undefined;
    const also = { stopCode, connectivity: `v${version}` };
    const rest = { ...common, ...times, lastStatus, containers, ...also };
    return { kind, id, version, ended, entity: aTask(id, "host", rest) };
  };
  const history = Array.from({ length }, (_, index) => says(index));
  // What must not be, and is sent all the same: something newer about what has ended.
  if (ends && random.chance(0.3)) history.push(says(length));
  return history;
}

export function observationOf({ by, said, id, extra, saidAt }: Told, now: number): Observation {
  if (by === "ec2" || said === undefined) return observePrivateIp(id, extra);
  const tags = by === "describe" ? [{ key: "extra", value: extra }] : [];
  return said.entity.kind === "task"
    ? observeTask({ ...said.entity, tags }, by, now, saidAt)
    : observeContainerInstance({ ...said.entity, tags }, by, saidAt);
}

/** What must be known of one entity. */
export class ModelEntity {
  present: Said | undefined;
  /** Of the last version with attributes. */
  attributes: ContainerInstance["attributes"] = [];
  tag: string | undefined;
  address: string | undefined;
  timeline: TimelineEntry[] = [];
  /** Of a container instance: since when its status is what it is, and its agent. */
  statusSince: number | undefined;
  agentConnectedSince: number | undefined;
  bannedUntil = 0;

  /** Hears something and says what the store must answer. */
  hear(told: Told, now: number, retentionMs: number): ApplyResult {
    const { by, said } = told;
    if (by === "ec2" || said === undefined) return this.#hearAddress(told);
    if (this.present === undefined) {
      const isOld = told.saidAt !== undefined && told.saidAt < now - retentionMs;
      const isBanned = this.bannedUntil > now && (by === "event" || said.ended);
      if (isOld || isBanned) return "tombstoned";
      this.bannedUntil = 0;
      this.#become(said);
      if (by === "describe") this.tag = told.extra;
      return "applied";
    }
    if (said.version < this.present.version) return "stale";
    if (said.version > this.present.version) {
      if (this.present.ended && !said.ended) return "final";
      this.#become(said);
      if (by === "describe") this.tag = told.extra;
      return "applied";
    }
    const before = JSON.stringify([this.tag, this.attributes]);
    if (by === "describe") this.tag = told.extra;
    this.#takeAttributes(said);
    return JSON.stringify([this.tag, this.attributes]) === before ? "duplicate" : "merged";
  }

  /** False when nothing was removed. */
  remove(version: string, bannedUntil: number): boolean {
    if (this.present === undefined) return false;
    if (version !== "" && BigInt(version) !== this.present.version) return false;
    this.present = undefined;
    this.attributes = [];
    this.tag = undefined;
    this.address = undefined;
    this.timeline = [];
    if (bannedUntil > 0) this.bannedUntil = bannedUntil;
    return true;
  }

  /** What a reader must see; undefined when there is nothing. */
  get entity(): Task | ContainerInstance | undefined {
    if (this.present === undefined) return undefined;
    const tags = this.tag === undefined ? [] : [{ key: "extra", value: this.tag }];
    const { entity } = this.present;
    return entity.kind === "task"
      ? { ...entity, tags, timeline: [...this.timeline] }
      : {
          ...entity,
          tags,
          attributes: this.attributes,
          privateIpAddress: this.address,
          statusSince: this.statusSince,
          agentConnectedSince: this.agentConnectedSince,
        };
  }

  #hearAddress({ extra }: Told): ApplyResult {
    if (this.present === undefined) return "missing";
    if (this.address === extra) return "duplicate";
    this.address = extra;
    return "merged";
  }

  #become(said: Said): void {
    const before = this.present?.entity;
    this.present = said;
    this.#takeAttributes(said);
    const { entity } = said;
    if (entity.kind === "containerInstance") {
      const was = before?.kind === "containerInstance" ? before : undefined;
      if (was?.status !== entity.status) this.statusSince = entity.updatedAt;
      if (was?.agentConnected !== entity.agentConnected)
        this.agentConnectedSince = entity.updatedAt;
    }
    if (entity.kind !== "task" || this.timeline.at(-1)?.lastStatus === entity.lastStatus) return;
    this.timeline.push({ lastStatus: entity.lastStatus, at: entity.updatedAt ?? 0 });
  }

  #takeAttributes({ entity }: Said): void {
    if (entity.kind === "containerInstance" && entity.attributes.length > 0)
      this.attributes = entity.attributes;
  }
}
