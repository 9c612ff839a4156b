// The private Redis: found, configured, started, and never left over. On real processes.
import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { connect } from "../store/connection.ts";
import { configText } from "./configuration.ts";
import type { RedisProgram } from "./debian.ts";
import { processIdentity, RedisDataInUse } from "./leftover.ts";
import { locateRedisServer, parseVersion, RedisServerMissing } from "./locate.ts";
import { startRedisServer } from "./start.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
let folder = "";
let program: RedisProgram;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "longshore-server-"));
  program = await locateRedisServer(join(here, "../../.longshore"), { environment: process.env });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`it never came true that ${what}`);
    await systemClock.sleep(20);
  }
}

const isGone = async (pid: number) => (await processIdentity(pid)) === undefined;

/** A program that answers --version like a server. */
async function fakeServer(name: string, version: string): Promise<string> {
  const place = await mkdtemp(join(folder, "bin-"));
  await writeFile(join(place, name), `#!/bin/sh\necho "${version}"\n`);
  await chmod(join(place, name), 0o755);
  return place;
}

const noCopy = () => Promise.reject(new Error("this system has no apt-get"));

describe("finding a server", () => {
  test("reads the versions of Redis and Valkey", () => {
    expect(parseVersion("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0")).toEqual([
      7, 0,
    ]);
    expect(parseVersion("Valkey server v=8.1.1 sha=0")).toEqual([8, 1]);
    expect(parseVersion("something else")).toBeUndefined();
  });

  test("takes the one on the path", async () => {
    const place = await fakeServer("valkey-server", "Valkey server v=8.0.0");
    const environment = { PATH: `/nowhere:${place}` };
    const found = await locateRedisServer(folder, {
      environment,
      otherFolders: [],
      fetchCopy: noCopy,
    });
    expect(found.command).toBe(join(place, "valkey-server"));
  });

  test("passes over one that is too old, and says what to do when nothing else is to be had", async () => {
    const place = await fakeServer("redis-server", "Redis server v=5.0.7");
    const looking = locateRedisServer(join(folder, "nothing"), {
      environment: { PATH: place },
      otherFolders: [],
      fetchCopy: noCopy,
    });
    await expect(looking).rejects.toThrow(RedisServerMissing);
    await expect(looking).rejects.toThrow(
      /no apt-get.*apt-get install redis-server.*REDIS_URL.*docker compose up/,
    );
  });
});

test("a path with spaces and quotes reaches Redis as it is", () => {
  const text = configText({
    dataDir: '/tmp/my "data"',
    appendonly: false,
    listening: { kind: "unix", path: "/tmp/a b.sock" },
  });
  expect(text).toContain(String.raw`dir "/tmp/my \"data\""`);
  expect(text).toContain('unixsocket "/tmp/a b.sock"');
  expect(text).toContain("port 0");
});

async function written(url: string): Promise<string | null> {
  const connection = connect(url, "test");
  await connection.ready();
  const value = await connection.redis.get("key");
  await connection.redis.set("key", "value");
  await connection.close();
  return value;
}

describe("running a server", () => {
  test("keeps its data over a stop, and a socket that only its user may open", async () => {
    const dataDir = join(folder, "kept data");
    const first = await startRedisServer({ program, dataDir, appendonly: true });
    expect(first.url).toBe(`unix://${dataDir}/redis.sock`);
    expect((await stat(join(dataDir, "redis.sock"))).mode & 0o077).toBe(0);
    expect(await written(first.url)).toBeNull();
    await first.stop();
    expect(await isGone(first.pid)).toBe(true);
    const second = await startRedisServer({ program, dataDir, appendonly: true });
    expect(await written(second.url)).toBe("value");
    await second.stop();
  });

  test("uses a loopback port with a password where the path is too long for a socket", async () => {
    const dataDir = join(folder, "long".repeat(30));
    const server = await startRedisServer({ program, dataDir, appendonly: false });
    expect(server.url).toMatch(/^redis:\/\/:[0-9a-f]{32}@127\.0\.0\.1:\d+$/);
    expect(await written(server.url)).toBeNull();
    const stranger = connect(server.url.replace(/:[0-9a-f]{32}@/, ""), "stranger");
    await expect(stranger.redis.get("key")).rejects.toThrow(/NOAUTH|closed|writeable/);
    await stranger.close();
    await server.stop();
  });

  test("says what Redis said when it cannot start", async () => {
    const dataDir = join(folder, "broken");
    await mkdir(join(dataDir, "appendonlydir"), { recursive: true });
    await writeFile(join(dataDir, "appendonlydir/appendonly.aof.manifest"), "nonsense\n");
    await expect(startRedisServer({ program, dataDir, appendonly: true })).rejects.toThrow(
      /did not start in .*broken:[^]*manifest/,
    );
  });
});

/** A process that starts a server in `dataDir`, says so, and stays. */
function owner(dataDir: string) {
  const script = `
    import { startRedisServer } from ${JSON.stringify(join(here, "start.ts"))};
    const server = await startRedisServer({ program: ${JSON.stringify(program)}, dataDir: ${JSON.stringify(dataDir)}, appendonly: true });
    console.log(server.pid);
    setInterval(() => {}, 1000);`;
  return spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function serverOf(child: ReturnType<typeof owner>): Promise<number> {
  for await (const chunk of child.stdout) return Number(String(chunk));
  throw new Error("the owner ended without a word");
}

describe("a server whose owner is gone", () => {
  test("ends by itself when its owner is killed", async () => {
    const child = owner(join(folder, "orphan"));
    const pid = await serverOf(child);
    child.kill("SIGKILL");
    await until("the server is gone", () => isGone(pid));
  });

  test("is ended by the next start, and its data is read", async () => {
    const dataDir = join(folder, "left over");
    const child = owner(dataDir);
    const pid = await serverOf(child);
    process.kill(pid, "SIGSTOP"); // it cannot end in order
    child.kill("SIGKILL");
    await until("the owner is gone", () => isGone(child.pid ?? 0));
    const next = await startRedisServer({ program, dataDir, appendonly: true });
    expect(await isGone(pid)).toBe(true);
    await next.stop();
  });

  test("is left alone while its owner lives", async () => {
    const dataDir = join(folder, "in use");
    const child = owner(dataDir);
    const pid = await serverOf(child);
    const second = startRedisServer({ program, dataDir, appendonly: true });
    await expect(second).rejects.toThrow(RedisDataInUse);
    expect(await isGone(pid)).toBe(false);
    child.kill("SIGKILL");
    await until("the server is gone", () => isGone(pid));
  });

  test("another process with the id of the last one is left alone", async () => {
    const dataDir = join(folder, "reused id");
    await mkdir(dataDir);
    const other = spawn("sleep", ["60"]);
    const gone = { pid: process.pid, identity: "an earlier boot" };
    const note = { server: { pid: other.pid, identity: "an earlier boot" }, owner: gone };
    await writeFile(join(dataDir, "running.json"), JSON.stringify(note));
    const server = await startRedisServer({ program, dataDir, appendonly: false });
    expect(await isGone(other.pid ?? 0)).toBe(false);
    await server.stop();
    other.kill("SIGKILL");
  });
});
