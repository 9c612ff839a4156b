// A cursor: opaque text that stands for a position in the log of each cluster. Works on any replica, survives
// restarts; a cursor from a log that is gone says so instead of answering nothing. Pure.
import { createHash } from "node:crypto";
import { isObject } from "../ecs/json.ts";
import type { ClusterArn } from "../ecs/arn.ts";

export interface Position {
  readonly epoch: string;
  readonly seq: number;
  /**
   * Up to when, ms since the epoch, its reader was told what becomes of daemons' statuses by time alone. Absent where
   * nobody was told of any.
   */
  readonly at?: number | undefined;
}

/** Position by short cluster key: see {@link cursorKey}. */
export type Cursor = ReadonlyMap<string, Position>;

const keys = new Map<ClusterArn, string>();

/** Eight characters that stand for a cluster: cursors over many clusters stay short. */
export function cursorKey(cluster: ClusterArn): string {
  let key = keys.get(cluster);
  if (key === undefined) {
    key = createHash("sha256").update(cluster).digest("base64url").slice(0, 8);
    keys.set(cluster, key);
  }
  return key;
}

export function encodeCursor(cursor: Cursor): string {
  const positions = [...cursor].map(([key, { epoch, seq, at }]) =>
    at === undefined ? [key, epoch, seq] : [key, epoch, seq, at],
  );
  return Buffer.from(JSON.stringify(positions)).toString("base64url");
}

/** The cursor of items of a snapshot: nobody can go on in the middle of one, so it stands for all of it. */
export const unfinishedSnapshot = Buffer.from('"snapshot"').toString("base64url");

/** undefined when the text was never a cursor. */
export function decodeCursor(text: string): Cursor | "snapshot" | undefined {
  if (text === unfinishedSnapshot) return "snapshot";
  let positions: unknown;
  try {
    positions = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
  if (!Array.isArray(positions) || isObject(positions)) return undefined;
  const cursor = new Map<string, Position>();
  for (const entry of positions) {
    if (!Array.isArray(entry)) return undefined;
    const [key, epoch, seq, at]: unknown[] = entry;
    if (typeof key !== "string" || typeof epoch !== "string" || !Number.isSafeInteger(seq))
      return undefined;
    const position = { epoch, seq: Number(seq) };
    cursor.set(key, typeof at === "number" ? { ...position, at } : position);
  }
  return cursor;
}
