// What readers of the log see: one change of one entity, with what it was before. Pure.
import type { ClusterArn } from "../ecs/arn.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { TaskDefinition } from "../ecs/task-definition.ts";
import type { Task } from "../ecs/task.ts";
import type { Daemon } from "../daemon/daemon.ts";
import type { Placement } from "../daemon/placement.ts";
import { decodeDaemon, decodePlacement } from "../daemon/record.ts";
import type { EndpointStep } from "./endpoint-index.ts";
import type { EntityKind } from "../store/keys.ts";
import {
  completeRecord,
  decodeContainerInstance,
  decodeTask,
  decodeTaskDefinition,
} from "../store/record.ts";
import type { LogEntry, LogPage } from "../store/store.ts";
import { atOnce } from "./steps.ts";
import type { Steps } from "./steps.ts";

export type Tracked = Task | ContainerInstance | Daemon | Placement | TaskDefinition;

/** `before` is absent when the change created the entity, `after` when it removed it. */
export interface Change<Kind extends Tracked = Tracked> {
  readonly cluster: ClusterArn;
  readonly seq: number;
  readonly kind: EntityKind;
  readonly id: string;
  /** When the change was stored, ms since the epoch. */
  readonly at: number;
  readonly before: Kind | undefined;
  readonly after: Kind | undefined;
  /** What it did to endpoints; absent while nobody follows them. */
  readonly endpoints?: readonly EndpointStep[] | undefined;
}

/** A change as the log has it: records, not yet decoded. */
export interface RecordChange {
  readonly seq: number;
  readonly kind: EntityKind;
  readonly id: string;
  readonly at: number;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export function decodeRecord(
  kind: EntityKind,
  record: string | undefined,
  cluster: ClusterArn,
): Tracked | undefined {
  if (record === undefined) return undefined;
  switch (kind) {
    case "i":
      return decodeContainerInstance(record, cluster);
    case "t":
      return decodeTask(record, cluster);
    case "d":
      return decodeDaemon(record, cluster);
    case "p":
      return decodePlacement(record);
    case "f":
      return decodeTaskDefinition(record);
  }
}

export function decodeChange(change: RecordChange, cluster: ClusterArn): Change {
  const { seq, kind, id, at } = change;
  const before = decodeRecord(kind, change.before, cluster);
  return { cluster, seq, kind, id, at, before, after: decodeRecord(kind, change.after, cluster) };
}

export interface ResolvedLog {
  readonly changes: RecordChange[];
  /** The position after the last of them. */
  readonly seq: number;
  /** Where the log goes on behind each restart of Redis in these pages, in order. */
  readonly restarts: readonly number[];
}

/** Entries that are resolved in one step. */
const stepSize = 512;

/**
 * Turns pages of the log, read one after the other up to its end, into changes with both sides.
 * An entry holds only what was before; what came after is what was before the entity's next entry, and the
 * present record for its last. Answers "gap" when a change between `position` and the end is not there.
 */
export function resolvePages(
  pages: readonly LogPage[],
  epoch: string,
  position: number,
): ResolvedLog | "gap" {
  return atOnce(resolution(pages, epoch, position));
}

/** The same in steps; a few entries take one. */
export function* resolution(
  pages: readonly LogPage[],
  epoch: string,
  position: number,
): Steps<ResolvedLog | "gap"> {
  let at = position;
  const restarts: number[] = [];
  const present = new Map<string, string | undefined>();
  for (const page of pages) {
    if (page.epoch !== epoch) return "gap";
    for (const entry of page.entries) {
      const follows = entry.kind === "r" ? entry.previous === at : entry.seq === at + 1;
      if (!follows) return "gap";
      at = entry.seq;
      if (entry.kind === "r") {
        restarts.push(entry.seq);
        continue;
      }
      const key = `${entry.kind} ${entry.id}`;
      present.set(key, page.present.get(key));
    }
  }
  if ((pages.at(-1)?.seq ?? position) !== at) return "gap";
  return { changes: yield* replayBackwards(pages, present), seq: at, restarts };
}

function* replayBackwards(
  pages: readonly LogPage[],
  state: Map<string, string | undefined>,
): Steps<RecordChange[]> {
  const entries = pages.flatMap((page) => page.entries);
  const changes: RecordChange[] = [];
  for (const entry of entries.toReversed()) {
    if (entry.kind === "r") continue;
    if (changes.length > 0 && changes.length % stepSize === 0) yield;
    const key = `${entry.kind} ${entry.id}`;
    const { seq, kind, id, at } = entry;
    const after = state.get(key);
    const before = beforeOf(entry, after);
    changes.push({ seq, kind, id, at, before, after });
    state.set(key, before);
  }
  return changes.toReversed();
}

function beforeOf({ kind, before }: LogEntry, after: string | undefined): string | undefined {
  return before !== undefined && (kind === "t" || kind === "i")
    ? completeRecord(before, after)
    : before;
}
