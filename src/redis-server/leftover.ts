// The note about the server that runs in a data folder, and the end of one that its owner left behind.
// Never ends a process that it cannot recognise: process ids are used again.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Clock } from "../clock.ts";

/** A process and what tells it from a later one with the same id. */
interface Identified {
  readonly pid: number;
  readonly identity: string;
}

/** Another process that lives keeps its data in this folder. The message says what to do. */
export class RedisDataInUse extends Error {
  override readonly name = "RedisDataInUse";
}

interface Note {
  readonly server: Identified;
  readonly owner: Identified;
}

const graceMs = 5000;
const pollMs = 20;

const noteFile = (dataDir: string): string => join(dataDir, "running.json");

/** When the process started, counted so that no other process of this machine shares it; undefined when it is gone. */
export async function processIdentity(pid: number): Promise<string | undefined> {
  try {
    if (!existsSync("/proc/self/stat")) {
      const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)]);
      return stdout.trim() || undefined;
    }
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // After the name in parentheses, which may hold spaces: field 3 is the state, field 22 the start.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return undefined;
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    return `${boot.trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

const isSame = async ({ pid, identity }: Identified): Promise<boolean> =>
  (await processIdentity(pid)) === identity;

function isIdentified(value: unknown): value is Identified {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    Number.isInteger(value.pid) &&
    "identity" in value &&
    typeof value.identity === "string"
  );
}

async function readNote(dataDir: string): Promise<Note | undefined> {
  try {
    const note: unknown = JSON.parse(await readFile(noteFile(dataDir), "utf8"));
    if (typeof note !== "object" || note === null || !("server" in note) || !("owner" in note))
      return undefined;
    const { server, owner } = note;
    return isIdentified(server) && isIdentified(owner) ? { server, owner } : undefined;
  } catch {
    return undefined;
  }
}

/** Writes down that this process runs server `pid` in `dataDir`. */
export async function recordServer(dataDir: string, pid: number): Promise<void> {
  const [server, owner] = await Promise.all([processIdentity(pid), processIdentity(process.pid)]);
  if (server === undefined || owner === undefined) return; // it is gone already
  const note: Note = {
    server: { pid, identity: server },
    owner: { pid: process.pid, identity: owner },
  };
  const fresh = `${noteFile(dataDir)}.${process.pid}`;
  await writeFile(fresh, JSON.stringify(note));
  await rename(fresh, noteFile(dataDir));
}

/** Removes the note: the server is gone. */
export async function forgetServer(dataDir: string): Promise<void> {
  await rm(noteFile(dataDir), { force: true });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It went in between.
  }
}

async function waitUntilGone(server: Identified, clock: Clock): Promise<boolean> {
  const deadline = clock.monotonic() + graceMs;
  while (await isSame(server)) {
    if (clock.monotonic() > deadline) return false;
    await clock.sleep(pollMs);
  }
  return true;
}

/**
 * Ends a server that runs in `dataDir` without an owner, and resolves when it is gone.
 * Throws {@link RedisDataInUse} when its owner is alive: two servers would spoil one set of data.
 */
export async function stopLeftover(dataDir: string, clock: Clock): Promise<void> {
  const note = await readNote(dataDir);
  if (note === undefined || !(await isSame(note.server))) return;
  if (note.owner.pid !== process.pid && (await isSame(note.owner)))
    throw new RedisDataInUse(
      `Another Longshore (process ${note.owner.pid}) already keeps its data in ${dataDir}: stop it first, or run this one in another folder.`,
    );
  signal(note.server.pid, "SIGTERM");
  if (!(await waitUntilGone(note.server, clock))) {
    signal(note.server.pid, "SIGKILL");
    await waitUntilGone(note.server, clock);
  }
  await forgetServer(dataDir);
}
