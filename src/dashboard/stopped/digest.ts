// Stopped tasks as a digest: which reasons there are, how often, where, with which image, and when. Pure.
import { isMeant } from "../../client/task-end.ts";
import type { StoppedTask } from "./store.ts";

/** A reason without what differs from task to task: ids, ARNs, addresses, numbers. */
export function normalizeReason(reason: string): string {
  return reason
    .replace(/arn:aws[\w:/.-]+/g, "‹arn›")
    .replace(/\b[im]i?-[0-9a-f]{8,}\b/g, "‹instance›")
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]{12,}\b/gi, "‹id›")
    .replace(/\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b/g, "‹address›")
    .replace(/\(port \d+\)/g, "(port ‹n›)")
    .replace(/\b\d+\b/g, "‹n›")
    .replace(/\s+/g, " ")
    .trim();
}

export interface Group {
  readonly reason: string;
  readonly count: number;
  readonly meant: boolean;
  /** ISO 8601. */
  readonly firstAt: string;
  readonly lastAt: string;
  /** Most frequent first, with how often. */
  readonly families: Tally;
  readonly images: Tally;
  readonly instances: Tally;
  readonly exitCodes: Tally;
  /** How many in each part of the digest's time, oldest first. */
  readonly times: readonly number[];
  /** The newest, to open as an example. */
  readonly example: string;
}

type Tally = readonly (readonly [string, number])[];

export interface Digest {
  readonly groups: readonly Group[];
  /** Tasks that stopped by themselves, and all. */
  readonly failed: number;
  readonly total: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Parts that the digest's time is divided into. */
export const timeParts = 48;

const tally = (counts: ReadonlyMap<string, number>): Tally =>
  [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));

class Collected {
  readonly #counts = {
    families: new Map<string, number>(),
    images: new Map<string, number>(),
    instances: new Map<string, number>(),
    exitCodes: new Map<string, number>(),
  };
  readonly #times: number[] = Array.from({ length: timeParts }, () => 0);
  readonly #reason: string;
  readonly #meant: boolean;
  #count = 0;
  #firstAt = "";
  #newest: { readonly at: string; readonly arn: string } = { at: "", arn: "" };

  constructor(reason: string, meant: boolean) {
    this.#reason = reason;
    this.#meant = meant;
  }

  add(task: StoppedTask, at: string, part: number): void {
    const count = (counts: Map<string, number>, name: string) =>
      counts.set(name, (counts.get(name) ?? 0) + 1);
    this.#count++;
    this.#times[part] = (this.#times[part] ?? 0) + 1;
    if (this.#firstAt === "" || at < this.#firstAt) this.#firstAt = at;
    if (at >= this.#newest.at) this.#newest = { at, arn: task.arn };
    count(this.#counts.families, task.family);
    if (task.containerInstanceArn !== null)
      count(this.#counts.instances, task.containerInstanceArn);
    for (const { image, exitCode } of task.containers) {
      if (image !== null) count(this.#counts.images, image);
      if (exitCode !== null) count(this.#counts.exitCodes, String(exitCode));
    }
  }

  finish(): Group {
    return {
      reason: this.#reason,
      count: this.#count,
      meant: this.#meant,
      firstAt: this.#firstAt,
      lastAt: this.#newest.at,
      families: tally(this.#counts.families),
      images: tally(this.#counts.images),
      instances: tally(this.#counts.instances),
      exitCodes: tally(this.#counts.exitCodes),
      times: this.#times,
      example: this.#newest.arn,
    };
  }
}

const endedAsMeant = ({ stopCode, group, containers }: StoppedTask): boolean =>
  stopCode !== null &&
  isMeant(
    stopCode,
    group,
    containers.map(({ exitCode }) => exitCode),
  );

function reasonOf({ stoppedReason, stopCode, containers }: StoppedTask): string {
  const told = stoppedReason ?? stopCode ?? "no reason given";
  const container = containers.find(({ reason }) => reason !== null)?.reason;
  return normalizeReason(container ? `${told}: ${container}` : told);
}

/** Groups by normalized reason, the most frequent first; `isMeant` also those that somebody asked for. */
export function digest(tasks: Iterable<StoppedTask>, withMeant: boolean, nowMs: number): Digest {
  const all = [...tasks].filter(({ stoppedAt, stoppingAt }) => stoppedAt ?? stoppingAt);
  const atOf = ({ stoppedAt, stoppingAt }: StoppedTask) => stoppedAt ?? stoppingAt ?? "";
  const fromMs = all.reduce((least, task) => Math.min(least, Date.parse(atOf(task))), nowMs);
  const partMs = Math.max(1, (nowMs - fromMs) / timeParts);
  const groups = new Map<string, Collected>();
  let failed = 0;
  for (const task of all) {
    const meant = endedAsMeant(task);
    if (!meant) failed++;
    else if (!withMeant) continue;
    const reason = reasonOf(task);
    const key = `${meant} ${reason}`;
    const group = groups.get(key) ?? new Collected(reason, meant);
    groups.set(key, group);
    const part = Math.floor((Date.parse(atOf(task)) - fromMs) / partMs);
    group.add(task, atOf(task), Math.max(0, Math.min(timeParts - 1, part)));
  }
  return {
    groups: [...groups.values()]
      .map((group) => group.finish())
      .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1)),
    failed,
    total: all.length,
    fromMs,
    untilMs: nowMs,
  };
}
