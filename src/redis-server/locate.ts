// Finds a redis-server program to run: on the path, a private copy, or one fetched now. Starts nothing, installs nothing.
import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Environment } from "../config.ts";
import { fetchFromDebian, readPrivateCopy } from "./debian.ts";
import type { RedisProgram } from "./debian.ts";

/** The oldest Redis that has every command used here. Valkey starts at 7.2 and fits. */
const oldestVersion: readonly [number, number] = [6, 2];

const programNames = ["redis-server", "valkey-server"];

/** Where package managers put servers that a user's own path may leave out. */
const usualFolders = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin"];

/** No Redis is here and none could be had. The message says what to do. */
export class RedisServerMissing extends Error {
  override readonly name = "RedisServerMissing";
}

export interface LocateOptions {
  /** Of the process: its PATH is searched, its proxy settings are used when fetching. */
  readonly environment: Environment;
  /** Where to look besides the path. */
  readonly otherFolders?: readonly string[];
  /** Hears what is going on when it takes time, in plain words. */
  readonly progress?: (line: string) => void;
  /** Fetches a private copy into the given folder; throws with the reason when it cannot. */
  readonly fetchCopy?: typeof fetchFromDebian;
}

/** Major and minor of `redis-server --version`, also in Valkey's wording. */
export function parseVersion(text: string): readonly [number, number] | undefined {
  const match = /\bv=(\d+)\.(\d+)/.exec(text) ?? /server v(\d+)\.(\d+)/i.exec(text);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

const isNewEnough = ([major, minor]: readonly [number, number]): boolean =>
  major > oldestVersion[0] || (major === oldestVersion[0] && minor >= oldestVersion[1]);

/** Whether the program runs here and is new enough. */
async function works(program: RedisProgram): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)(program.command, ["--version"], {
      env: { ...program.env },
      timeout: 10_000,
    });
    const version = parseVersion(stdout);
    return version !== undefined && isNewEnough(version);
  } catch {
    return false;
  }
}

async function onPath(folders: readonly string[]): Promise<RedisProgram | undefined> {
  for (const name of programNames)
    for (const folder of folders) {
      const command = join(folder, name);
      const found = await access(command, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found && (await works({ command, env: {} }))) return { command, env: {} };
    }
  return undefined;
}

const advice =
  "Install one (Debian, Ubuntu: sudo apt-get install redis-server; Fedora: sudo dnf install valkey; macOS: brew install redis), " +
  "or set REDIS_URL to a Redis that runs already, or use `docker compose up`, which brings its own.";

/**
 * A program that runs a Redis server, and the environment it needs. `dataDir` holds the private copy.
 * Looks on the path first; on Debian and Ubuntu it fetches a copy of its own, without root and without touching the system.
 * Throws {@link RedisServerMissing}.
 */
export async function locateRedisServer(
  dataDir: string,
  options: LocateOptions,
): Promise<RedisProgram> {
  const { progress = () => {}, fetchCopy = fetchFromDebian, otherFolders = usualFolders } = options;
  const onThePath = (options.environment["PATH"] ?? "")
    .split(":")
    .filter((folder) => folder !== "");
  const installed = await onPath([...onThePath, ...otherFolders]);
  if (installed) return installed;

  const copyDir = join(dataDir, "redis");
  const kept = await readPrivateCopy(copyDir);
  if (kept && (await works(kept))) return kept;

  progress("no redis-server here: fetching a private copy from your distribution's packages");
  try {
    const fetched = await fetchCopy(copyDir, options.environment, progress);
    if (await works(fetched)) return fetched;
    throw new Error(
      `the copy in ${copyDir} does not run or is older than Redis ${oldestVersion.join(".")}`,
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RedisServerMissing(
      `No redis-server was found, and none could be fetched: ${reason}. ${advice}`,
      {
        cause: error,
      },
    );
  }
}
