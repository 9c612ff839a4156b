// The process tree of npm start, with stand-ins for the roles: starts, restarts, stops, and leaves nothing behind.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { processIdentity } from "../redis-server/leftover.ts";
import { locateRedisServer } from "../redis-server/locate.ts";
import { freePort } from "../redis-server/start.ts";
import { banner } from "./banner.ts";
import { demoEnvironment } from "./environment.ts";
import { failuresAfter, restartDelayMs } from "./restart.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
let folder = "";
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "longshore-start-"));
  await locateRedisServer(join(root, ".longshore"), { environment: process.env });
  // The program is shared, the data is not. On a machine with Redis on its path there is no copy to share.
  await symlink(join(root, ".longshore/redis"), join(folder, "redis"));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

interface Demo {
  readonly child: ChildProcess;
  output(): string;
  readonly port: number;
  exit: Promise<number | null>;
}

/** `npm start` without npm, in a process of its own, so that it can be killed. */
async function demo(extra: Record<string, string> = {}): Promise<Demo> {
  const port = Number(extra["LONGSHORE_PORT"] ?? (await freePort()));
  const script = `
    import { readConfig } from ${JSON.stringify(join(here, "../config.ts"))};
    import { startDemo } from ${JSON.stringify(join(here, "start-demo.ts"))};
    const stop = new AbortController();
    for (const name of ["SIGTERM", "SIGINT"]) process.on(name, () => stop.abort());
    try {
      await startDemo(readConfig(), stop.signal, { main: ${JSON.stringify(join(here, "fake-main.ts"))},
        root: ${JSON.stringify(folder)}, dataDir: ${JSON.stringify(folder)} });
      process.exit(0);
    } catch (error) { console.error(error.message); process.exit(1); }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      AWS_PROFILE: "production",
      LONGSHORE_PORT: String(port),
      LONGSHORE_SIMULATOR_PORT: String(await freePort()),
      ...extra,
    },
  });
  children.push(child);
  let text = "";
  child.stdout.on("data", (chunk) => (text += chunk));
  child.stderr.on("data", (chunk) => (text += chunk));
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, port, exit, output: () => text };
}

async function until(what: string, holds: () => Promise<boolean> | boolean, output = () => "") {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`it never came true that ${what}\n${output()}`);
    await systemClock.sleep(20);
  }
}

async function up(started: Demo): Promise<Map<string, number>> {
  await until(
    "it says it is up",
    () => started.output().includes("Stop everything"),
    started.output,
  );
  // Ready is what the API says; the other roles may still be loading, and stop without a word until they listen.
  const everyone = ["simulator", "ingest", "api", "scheduler"];
  const said = (role: string) =>
    started
      .output()
      .split("\n")
      .some(
        (text) =>
          text.includes(role) &&
          /"msg":"up"|\bup\b/.test(text) &&
          !text.includes("Longshore is up"),
      );
  await until("every role says that it is up", () => everyone.every(said), started.output);
  const line = /Processes\s+(.*)/.exec(started.output())?.[1] ?? "";
  const pairs = line.split(", ").map((part) => part.split(" "));
  return new Map(pairs.map(([name, pid]) => [name ?? "", Number(pid)]));
}

const allGone = async (pids: Iterable<number>) => {
  for (const pid of pids) if ((await processIdentity(pid)) !== undefined) return false;
  return true;
};

describe("npm start", () => {
  test("brings everything up, and stops it in order on SIGTERM", async () => {
    const started = await demo();
    const processes = await up(started);
    expect([...processes.keys()]).toEqual(["redis", "simulator", "ingest", "api", "scheduler"]);
    expect(started.output()).toContain(`http://127.0.0.1:${started.port}/playground`);
    started.child.kill("SIGTERM");
    expect(await started.exit).toBe(0);
    expect(await allGone(processes.values())).toBe(true);
    const order = [...started.output().matchAll(/(\w+) stops in order/g)].map((match) => match[1]);
    expect(order.slice(0, 2).sort()).toEqual(["ingest", "scheduler"]);
    expect(order.slice(2)).toEqual(["api", "simulator"]);
  });

  test("starts a role again that is killed, and Redis too", async () => {
    const started = await demo();
    const processes = await up(started);
    for (const name of ["api", "redis"]) {
      process.kill(processes.get(name) ?? 0, "SIGKILL");
      await until(
        `${name} runs again`,
        () => started.output().includes(`${name} runs again`),
        started.output,
      );
    }
    const answer = async () => {
      try {
        return (await fetch(`http://127.0.0.1:${started.port}/`)).status === 200;
      } catch {
        return false;
      }
    };
    await until("the new API answers", answer, started.output);
    started.child.kill("SIGINT");
    expect(await started.exit).toBe(0);
  });

  test("leaves nothing running when it is killed itself", async () => {
    const started = await demo();
    const processes = await up(started);
    started.child.kill("SIGKILL");
    await until("all of it is gone", () => allGone(processes.values()));
  });

  test("ends a role that does not want to stop", async () => {
    const started = await demo();
    const processes = await up(started);
    process.kill(processes.get("ingest") ?? 0, "SIGSTOP");
    started.child.kill("SIGTERM");
    expect(await started.exit).toBe(0);
    expect(await allGone(processes.values())).toBe(true);
  });

  test("names the port that is in use, and the variable that changes it", async () => {
    const squatter = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => squatter.listen(port, "127.0.0.1", resolve));
    const started = await demo({ LONGSHORE_PORT: String(port) });
    expect(await started.exit).toBe(1);
    expect(started.output()).toContain(`Port ${port}`);
    expect(started.output()).toContain("LONGSHORE_PORT=");
    squatter.close();
  });

  test("gives up on a role that never comes up, shows its words and stops the rest", async () => {
    const started = await demo({ FAKE_FAILS: "api" });
    expect(await started.exit).toBe(1);
    expect(started.output()).toContain("api cannot work like this");
    expect(started.output()).toMatch(/api does not come up \(exit code 3/);
  });
});

test("nothing of the user's AWS settings reaches the processes", () => {
  const environment = demoEnvironment(
    {
      HOME: "/home/x",
      AWS_PROFILE: "production",
      AWS_SESSION_TOKEN: "secret",
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
      LONGSHORE_QUEUE: "https://sqs.eu-west-1.amazonaws.com/1/real",
    },
    {
      redisUrl: "unix:///r.sock",
      simulatorUrl: "http://127.0.0.1:4001",
      host: "127.0.0.1",
      port: 4000,
      simulatorPort: 4001,
      queue: "longshore",
    },
  );
  expect(environment).toMatchObject({ HOME: "/home/x", LONGSHORE_QUEUE: "longshore" });
  expect(environment).not.toHaveProperty("AWS_PROFILE");
  expect(environment).not.toHaveProperty("AWS_SESSION_TOKEN");
  expect(environment).not.toHaveProperty("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
  const endpoints = Object.entries(environment).filter(([name]) => name.startsWith("AWS_ENDPOINT"));
  expect(endpoints).toHaveLength(5);
  expect(new Set(endpoints.map(([, value]) => value))).toEqual(new Set(["http://127.0.0.1:4001"]));
});

test("restarts come slower and slower, up to ten seconds, and fast again after a good run", () => {
  expect([1, 2, 3, 6, 7, 50].map(restartDelayMs)).toEqual([200, 400, 800, 6400, 10_000, 10_000]);
  expect(failuresAfter(7, 100)).toBe(8);
  expect(failuresAfter(7, 60_000)).toBe(1);
});

test("the block of addresses has no colours on a pipe", () => {
  const facts = {
    url: "http://127.0.0.1:4000",
    simulatorUrl: "http://127.0.0.1:4001",
    queue: "longshore",
    redis: "private",
    settingsFile: "/home/x/.longshore/demo.env",
    processes: [{ name: "api", pid: 7 }],
  };
  expect(banner(facts, false)).toContain("--env-file=/home/x/.longshore/demo.env ");
  expect(banner(facts, false)).not.toContain("\u001B");
  expect(banner(facts, true)).toContain("\u001B[36mhttp://127.0.0.1:4000/\u001B[0m");
});
