// What the role processes say and take: lines of their logs that no fault explains, and memory that grows.
import { execFile } from "node:child_process";
import { open } from "node:fs/promises";
import { promisify } from "node:util";
import { isObject } from "../ecs/json.ts";

/** Errors that a fault of the run explains, by their message. Everything else of that level is a bug. */
const explained: readonly RegExp[] = [
  /^lost Redis; waiting for it to come back$/,
  /^cannot follow the change log; trying again$/,
  /fails; trying again until it works$/,
  /^cannot list the clusters of ECS/,
  /^could not reconcile all of this cluster$/,
  /^a start failed$/,
  /^could not bring this daemon to its plan; trying again$/,
];

const bug =
  /TypeError|ReferenceError|RangeError|SyntaxError|AssertionError|[Uu]nhandled|UnhandledPromise|ERR_[A-Z]+|MaxListenersExceeded|DeprecationWarning|a bug in Longshore|Cannot read prop|is not a function|is not iterable/;

const errorLevel = 50;

/** Why a line must not be there; undefined when it may. */
export function lineProblem(line: string): string | undefined {
  if (line.trim() === "") return undefined;
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return "is no log line";
  }
  if (!isObject(entry)) return "is no log line";
  if (bug.test(line)) return "tells of a bug";
  if (Number(entry["level"]) < errorLevel) return undefined;
  const message = String(entry["msg"]);
  return explained.some((pattern) => pattern.test(message)) ? undefined : "is an unexpected error";
}

/** Reads a log that grows, by whole lines. */
export class LogTail {
  readonly path: string;
  #position = 0;
  #rest = "";

  constructor(path: string) {
    this.path = path;
  }

  async lines(): Promise<string[]> {
    const file = await open(this.path).catch(() => undefined);
    if (!file) return [];
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(size - this.#position);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#position);
      this.#position += bytesRead;
      const lines = (this.#rest + buffer.toString("utf8", 0, bytesRead)).split("\n");
      this.#rest = lines.pop() ?? "";
      return lines;
    } finally {
      await file.close();
    }
  }
}

/** Resident memory of processes, MiB, by process id; those that are gone are left out. */
export async function residentMiB(pids: readonly number[]): Promise<ReadonlyMap<number, number>> {
  if (pids.length === 0) return new Map();
  const args = ["-o", "pid=,rss=", "-p", pids.join(",")];
  // It fails when none of them is left.
  const answer = await promisify(execFile)("ps", args).catch(() => ({ stdout: "" }));
  const rows = answer.stdout.split("\n").flatMap((row): [number, number][] => {
    const [pid, rss] = row.trim().split(/\s+/).map(Number);
    return pid && rss ? [[pid, rss / 1024]] : [];
  });
  return new Map(rows);
}
