// The client's commands against a real API on a real Redis: what they print, where, and how they exit.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { text } from "node:stream/consumers";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { openInformer } from "../changes/informer.ts";
import type { Informer } from "../changes/informer.ts";
import { systemClock } from "../clock.ts";
import type { AccessTokens } from "../config.ts";
import { startApi } from "../graphql/server.ts";
import type { Api } from "../graphql/server.ts";
import { createLog } from "../log.ts";
import { systemRandom } from "../random.ts";
import { observeContainerInstance, observePrivateIp, observeTask } from "../store/record.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { StateStore } from "../store/store.ts";
import { anInstance, aTask, testCluster } from "../testing/entities.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { createApiClient } from "./client.ts";
import { get } from "./get.ts";
import { resources } from "./resources/all.ts";
import { memoryTerminal, runCommandLine } from "./test-command.ts";
import { watch } from "./watch.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const log = createLog("test", "silent");
const noTokens: AccessTokens = { read: [], admin: [] };
const deadlineMs = 15_000;

let redis: TestRedis;
let store: StateStore;
let informer: Informer;
let api: Api;

function serve(port: number, tokens: AccessTokens, views = informer): Promise<Api> {
  const place = { host: "127.0.0.1", port, pages: "/nowhere" };
  return startApi({ ...place, tokens, informer: views, store, clock: systemClock, log });
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = systemClock.monotonic() + deadlineMs;
  while (!holds()) {
    if (systemClock.monotonic() > deadline) throw new Error(`it never came true that ${what}`);
    await systemClock.sleep(10);
  }
}

const taskArn = (id: string) => aTask(id, undefined).arn;

/** A version that is newer than every one before. */
let version = 1;
const applyTask = (id: string, instance: string, rest: Parameters<typeof aTask>[2] = {}) =>
  store.apply(testCluster, [
    observeTask(
      aTask(id, instance, { version: String(++version), ...rest }),
      "event",
      1_700_000_000_000,
    ),
  ]);

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

const started = new Set<ChildProcess>();

function start(args: readonly string[], environment: Record<string, string> = {}) {
  const env = { PATH: process.env["PATH"], LONGSHORE_URL: api.url, ...environment };
  const child = spawn(process.execPath, [main, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.add(child);
  child.once("exit", () => started.delete(child));
  return child;
}

/** Runs a command to its end in a process of its own. */
async function longshoreProcess(args: readonly string[]): Promise<Ran> {
  const child = start(args);
  const exit = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await exit;
  return { stdout, stderr, code: child.exitCode };
}

/** Runs a command to its end in this process, as on a pipe. */
const longshore = (args: readonly string[], environment: Record<string, string> = {}) =>
  runCommandLine(api.url, args, { environment });

const clientOf = (url: string, token?: string) =>
  createApiClient({ url, token, clock: systemClock });

/** An API of its own for tests that take it away or restart it. */
async function ownApi(tokens = noTokens) {
  const first = await serve(0, tokens);
  return { url: first.url, port: Number(new URL(first.url).port), close: () => first.close() };
}

beforeAll(async () => {
  redis = await testRedis({ appendonly: false });
  store = openRedisStore({
    url: redis.url,
    name: "test",
    clock: systemClock,
    random: systemRandom,
  });
  informer = openInformer({ store, clock: systemClock, log });
  await informer.loaded;
  await store.addCluster(testCluster);
  await store.apply(testCluster, [
    observeContainerInstance(anInstance("a1"), "describe"),
    observeContainerInstance(
      anInstance("b2", { status: "DRAINING", agentConnected: false }),
      "describe",
    ),
    observePrivateIp("a1", "10.0.0.7"),
  ]);
  const stopped = {
    lastStatus: "STOPPED",
    desiredStatus: "STOPPED",
    stoppedReason: "done\u001b[2J",
  };
  await applyTask("t1", "a1");
  await applyTask("t2", "b2", stopped);
  await until("the view has both tasks", () => informer.views.get(testCluster)?.tasks.size === 2);
  api = await serve(0, noTokens);
}, 30_000);

afterAll(async () => {
  for (const child of started) child.kill("SIGKILL");
  await api?.close();
  await informer?.close();
  await store?.close();
  await redis?.stop();
});

describe("get", () => {
  it.each(["clusters", "instances", "tasks", "daemons", "endpoints"] as const)(
    "answers %s as one JSON array, in every output",
    async (name) => {
      const { terminal, written } = memoryTerminal();
      const options = { limit: undefined, filter: {} };
      await get(clientOf(api.url), resources[name], { ...options, output: "json" }, terminal, 0);
      expect(JSON.parse(written.stdout)).toBeInstanceOf(Array);
      await get(clientOf(api.url), resources[name], { ...options, output: "wide" }, terminal, 0);
    },
  );

  it("fits the terminal and keeps others' control characters from it", async () => {
    const { terminal, lines, written } = memoryTerminal(60);
    const options = { output: "wide", limit: undefined, filter: {} } as const;
    await get(clientOf(api.url), resources.tasks, options, terminal, 0);
    expect(lines()).toHaveLength(3);
    for (const line of lines()) expect(line.length).toBeLessThanOrEqual(60);
    expect(written.stdout).not.toContain("\u001b");
  });

  it("follows pages to the end, and stops at --limit", async () => {
    const ids = Array.from({ length: 1203 }, (_, index) => `many${String(index).padStart(4, "0")}`);
    const many = testCluster.replace("quay", "many");
    await store.addCluster(many);
    await store.apply(
      many,
      ids.map((id) => observeTask(aTask(id, "a1"), "event", 0)),
    );
    await until("the view has them all", () => informer.views.get(many)?.tasks.size === ids.length);
    const all = memoryTerminal();
    const options = { output: "json", limit: undefined, filter: { cluster: "many" } } as const;
    await get(clientOf(api.url), resources.tasks, options, all.terminal, 0);
    const nodes: { readonly id: string }[] = JSON.parse(all.written.stdout);
    expect(nodes.map(({ id }) => id).toSorted()).toEqual(ids);
    const some = memoryTerminal();
    await get(clientOf(api.url), resources.tasks, { ...options, limit: 1001 }, some.terminal, 0);
    expect(JSON.parse(some.written.stdout)).toHaveLength(1001);
    const removals = ids.map((id) => ({ kind: "t", id, version: "" }) as const);
    await store.remove(many, removals, 0);
    expect(await store.removeCluster(many)).toBe(true);
  });

  it("filters, and prints tables without colours or cuts on a pipe", async () => {
    const { stdout, stderr, code } = await longshoreProcess([
      "get",
      "tasks",
      "--cluster",
      "quay",
      "--status",
      "RUNNING",
    ]);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const [titles, ...rows] = stdout.trimEnd().split("\n");
    expect(titles).toMatch(/^ID +CLUSTER +TASK DEFINITION +STATUS/);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatch(/^t1 +quay +lamp:3 +RUNNING +RUNNING +a1 /);
    expect(stdout).not.toContain("\u001b");
  });

  it("understands each filter of instances", async () => {
    const ids = async (...args: string[]) => {
      const { stdout } = await longshore(["get", "instances", "--json", ...args]);
      const nodes: { readonly id: string }[] = JSON.parse(stdout);
      return nodes.map(({ id }) => id);
    };
    expect(await ids("--disconnected", "--status", "DRAINING")).toEqual(["b2"]);
    expect(await ids("--expression", "agentConnected == true")).toEqual(["a1"]);
  });

  it("says on stderr that nothing matches", async () => {
    const { stdout, stderr, code } = await longshore(["get", "tasks", "--family", "nobody"]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 0 });
    expect(stderr).toBe("longshore: no tasks match.\n");
    const elsewhere = await longshore(["get", "tasks", "--cluster", "qay", "--json"]);
    expect(elsewhere).toMatchObject({ code: 3, stdout: "[]\n" });
    expect(elsewhere.stderr).toContain('no cluster is "qay": longshore get clusters lists them.');
  });
});

it("tells the package's version", async () => {
  const told = { stdout: `${manifest.version}\n`, stderr: "", code: 0 };
  expect(await longshoreProcess(["--version"])).toEqual(told);
});

describe("failures", () => {
  it("say which API cannot be reached and how to start it", async () => {
    const gone = await ownApi();
    await gone.close();
    const { stdout, stderr, code } = await longshore(["get", "tasks", "--url", gone.url]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 6 });
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    for (const part of [gone.url, "ECONNREFUSED", "longshore serve api", "LONGSHORE_URL"])
      expect(stderr).toContain(part);
    expect((await longshore(["watch", "tasks", "--snapshot", "--url", gone.url])).code).toBe(6);
    expect(await longshoreProcess(["get", "tasks", "--url", gone.url])).toEqual({
      stdout,
      stderr,
      code,
    });
    expect((await longshoreProcess(["get", "boats"])).code).toBe(2);
  });

  it("ask for a token, and use it for requests and for sockets", async () => {
    const guarded = await ownApi({ read: ["letmein"], admin: ["captain"] });
    const url = { LONGSHORE_URL: guarded.url };
    try {
      const without = await longshore(["get", "clusters"], url);
      expect(without.code).toBe(5);
      expect(without.stderr).toMatch(/set LONGSHORE_TOKEN .*\(UNAUTHENTICATED\)\n$/);
      const wrong = await longshore(["watch", "clusters"], { ...url, LONGSHORE_TOKEN: "sesame" });
      expect(wrong.code).toBe(5);
      expect(wrong.stderr).toContain("does not accept the token");
      expect(wrong.stderr).not.toContain("sesame");
      const { terminal, lines, stop } = memoryTerminal();
      const options = { json: true, snapshot: true, after: undefined, filter: {} };
      const watching = watch(
        clientOf(guarded.url, "letmein"),
        resources.clusters,
        options,
        terminal,
        systemClock,
      );
      await until("the snapshot is there", () => lines().some((line) => line.includes("SYNCED")));
      stop();
      await watching;
      const reader = await longshore(["daemon", "pause", "x", "--cluster", "quay"], {
        ...url,
        LONGSHORE_TOKEN: "letmein",
      });
      expect(reader).toMatchObject({ stdout: "", code: 5 });
      expect(reader.stderr).toContain("(FORBIDDEN)");
    } finally {
      await guarded.close();
    }
  });

  it.each([
    [["get", "boats"], "boats"],
    [["get", "tasks", "--limit", "0"], "whole number"],
    [["get", "tasks", "--colour"], "--colour"],
    [["get", "tasks", "--url", "ftp://example"], "ftp://example"],
    [["get", "instances", "--expression", "((("], "BAD_USER_INPUT"],
    [["daemon", "register", "lamp", "--task-definition", "lamp:3"], "--cluster"],
    [["daemon", "register", "-f", "/nowhere.json"], "/nowhere.json"],
    [["daemon", "update", "lamp", "--cluster", "quay", "--overrides", "{oops"], "--overrides"],
    [["daemon", "update", "lamp", "--cluster", "quay", "--tag", "novalue"], "key=value"],
  ])("%j is a usage error", async (args, says) => {
    const { stdout, stderr, code } = await longshore(args);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
    expect(stderr).toContain(says);
  });

  it("documents the exit codes in --help", async () => {
    const { stdout, code } = await longshore(["get", "tasks", "--help"]);
    expect(code).toBe(0);
    for (const part of ["Exit codes", "LONGSHORE_TOKEN", "--started-by"])
      expect(stdout).toContain(part);
  });
});

describe("daemon", () => {
  const lamp = ["lamp", "--cluster", "quay"];
  const definition = ["--task-definition", "lamp:3"];
  const hasDaemon = (name: string) => informer.views.get(testCluster)?.daemons.has(name) ?? false;

  it("is planned, registered, changed, explained and removed", async () => {
    const selector = [
      "--selector",
      "agentConnected == true",
      "--min-healthy-percent",
      "50",
      "--tag",
      "team=deck=1",
    ];
    const planned = await longshore([
      "daemon",
      "register",
      ...lamp,
      ...definition,
      ...selector,
      "--dry-run",
    ]);
    expect(planned).toMatchObject({ stderr: "", code: 0 });
    expect(planned.stdout).toMatch(/^daemon lamp in quay would be registered .*revision 1\n/);
    expect(planned.stdout).toMatch(/^start +1 +on instances +a1$/m);
    expect((await store.records(testCluster, "d")).size).toBe(0);

    const registered = await longshore([
      "daemon",
      "register",
      ...lamp,
      ...definition,
      ...selector,
      "--json",
    ]);
    expect(registered).toMatchObject({ stderr: "", code: 0 });
    expect(JSON.parse(registered.stdout)).toMatchObject({
      daemon: { name: "lamp", revision: 1, revisions: [{ selector: "agentConnected == true" }] },
      plan: { start: [anInstance("a1").arn] },
    });
    expect((await store.records(testCluster, "d")).get("lamp")).toContain("deck=1");

    const twice = await longshore(["daemon", "register", ...lamp, ...definition]);
    expect(twice).toMatchObject({ stdout: "", code: 4 });
    expect(twice.stderr).toContain("(CONFLICT)");
    await until("the view has it", () => hasDaemon("lamp"));

    const updated = await longshore(["daemon", "update", ...lamp, "--selector", "", "--json"]);
    expect(JSON.parse(updated.stdout)).toMatchObject({ daemon: { revision: 2 } });
    const stale = await longshore([
      "daemon",
      "update",
      ...lamp,
      "--selector",
      "agentConnected == false",
      "--expected-revision",
      "1",
    ]);
    expect(stale).toMatchObject({ stdout: "", code: 4 });
    const back = await longshore(["daemon", "rollback", ...lamp, "--to", "1"]);
    expect(back.stdout).toContain("daemon lamp in quay rolled back, revision 3");
    expect((await longshore(["daemon", "pause", ...lamp])).stdout).toMatch(
      /^daemon lamp in quay paused/,
    );
    expect((await longshore(["daemon", "resume", ...lamp])).stdout).toMatch(
      /^daemon lamp in quay resumed/,
    );

    const why = await longshore(["daemon", "explain", ...lamp, "--instance", "b2"]);
    expect(why).toMatchObject({ stderr: "", code: 0 });
    expect(why.stdout).toMatch(/^daemon lamp on b2: no task is started now\n/);
    expect(why.stdout).toMatch(/^NO +agent is connected/m);
    const listed = await longshore(["get", "daemons"]);
    expect(listed.stdout).toMatch(/^lamp +quay +\w+ +\d/m);

    const nothing = await longshore(["daemon", "promote", ...lamp]);
    expect(nothing).toMatchObject({ stdout: "", code: 4 });
    expect(nothing.stderr).toContain("no canary");
    const always = await longshore(["daemon", "rerun", ...lamp, "--instance", "a1"]);
    expect(always).toMatchObject({ stdout: "", code: 2 });
    const decided = { at: 1, revision: 3, type: "REFUSE", reason: "AGENT" } as const;
    await store.noteDecisions(testCluster, "lamp", [decided]);
    const events = await longshore(["daemon", "events", ...lamp]);
    expect(events.stdout).toMatch(/^1970-01-01T\S+ +REFUSE +3 +AGENT$/m);
    // What people did is in it as well, newest first.
    expect([...events.stdout.matchAll(/Z +([A-Z]+) /g)].map(([, type]) => type)).toEqual([
      "REFUSE",
      "RESUME",
      "PAUSE",
      "ROLLBACK",
      "UPDATE",
      "REGISTER",
    ]);

    const removed = await longshore(["daemon", "deregister", ...lamp, "--keep-tasks", "--json"]);
    expect(JSON.parse(removed.stdout)).toMatchObject({ daemon: null });
    expect((await store.records(testCluster, "d")).size).toBe(0);
  }, 60_000);

  it("that is not there is not found", async () => {
    const paused = await longshore(["daemon", "pause", "ghost", "--cluster", "quay"]);
    expect(paused).toMatchObject({ stdout: "", code: 3 });
    const explained = await longshore([
      "daemon",
      "explain",
      "ghost",
      "--cluster",
      "quay",
      "--instance",
      "a1",
    ]);
    expect(explained).toMatchObject({ stdout: "", code: 3 });
    expect(explained.stderr).toContain('no daemon "ghost"');
  });

  it("is read from a file, options first", async () => {
    const folder = await mkdtemp(join(tmpdir(), "longshore-cli-"));
    try {
      const file = join(folder, "daemon.yaml");
      const input = {
        cluster: "quay",
        name: "buoy",
        taskDefinition: "lamp:3",
        selector: "agentConnected == true",
      };
      const yaml = Object.entries(input).map(([name, value]) => `${name}: ${value}`);
      await writeFile(file, [...yaml, "rollout:", "  canaryPercent: 10"].join("\n"));
      const ran = await longshore([
        "daemon",
        "register",
        "-f",
        file,
        "--selector",
        "",
        "--max-over-percent",
        "20",
        "--method",
        "REPLACE_THEN_TERMINATE",
        "--auto-rollback",
        "--dry-run",
        "--json",
      ]);
      expect(JSON.parse(ran.stdout)).toMatchObject({
        daemon: {
          name: "buoy",
          revisions: [{ selector: "" }],
          rollout: {
            method: "REPLACE_THEN_TERMINATE",
            maxOverPercent: 20,
            canaryPercent: 10,
            autoRollback: true,
          },
        },
      });
      await writeFile(file, JSON.stringify({ ...input, taskDefinitions: "typo" }));
      const typo = await longshore(["daemon", "register", "-f", file, "--dry-run"]);
      expect(typo).toMatchObject({ stdout: "", code: 2 });
      expect(typo.stderr).toContain("taskDefinitions");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("watch", () => {
  const json = { json: true, snapshot: false, after: undefined, filter: {} };

  it("prints a line for each change, and Ctrl-C ends it with 0", async () => {
    const child = start(["watch", "tasks", "--cluster", "quay", "--snapshot"]);
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (more: string) => (stdout += more));
    const stderr = text(child.stderr);
    const exit = once(child, "close");
    await until("the snapshot is printed", () => stdout.includes("SYNCED"));
    await applyTask("w1", "a1");
    await until("the change is printed", () => stdout.includes("w1"));
    child.kill("SIGINT");
    await exit;
    expect({ code: child.exitCode, stderr: await stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^\d\d:\d\d:\d\dZ {2}ADDED {5}w1 {2}lamp:3 {2}in quay {2}RUNNING {2}on a1$/m,
    );
  });

  it("goes on after the API was away, and misses and repeats nothing", async () => {
    const own = await ownApi();
    const { terminal, lines, written, stop } = memoryTerminal();
    const watching = watch(clientOf(own.url), resources.tasks, json, terminal, systemClock);
    const ids = () => lines().map((line): string => JSON.parse(line).task.id);
    let probes = 0;
    // Nothing tells when it has begun: changes are made until one is seen.
    while (ids().length === 0 && probes < 100) {
      await applyTask(`r${probes++}`, "a1");
      await systemClock.sleep(50);
    }
    await until("the last one is seen", () => ids().at(-1) === `r${probes - 1}`);
    const before = ids().length;
    await own.close();
    await applyTask("away1", "a1");
    await applyTask("away2", "a1");
    await until("the loss is noted", () => written.stderr.includes("Trying again"));
    const again = await serve(own.port, noTokens);
    await until("both are seen", () => ids().length >= before + 2);
    await applyTask("back", "a1");
    await until("it is seen", () => ids().includes("back"));
    stop();
    await watching;
    expect(ids().slice(before)).toEqual(["away1", "away2", "back"]);
    expect(written.stderr).toContain("connected again, going on where it was");
    await again.close();
  }, 40_000);

  it("says CURSOR_EXPIRED and starts over with a snapshot", async () => {
    const list = { changeCursor: true } as const;
    const { changeCursor: after } = await clientOf(api.url).query("tasks", { first: 0 }, list);
    for (const cpu of ["1", "2"]) await applyTask("busy", "a1", { cpu });
    const now = systemClock.now();
    await store.trim(testCluster, now + 60_000, now);
    // One that has been there remembers recent changes itself.
    const views = openInformer({ store, clock: systemClock, log });
    await views.loaded;
    const later = await serve(0, noTokens, views);
    const run = async (asJson: boolean) => {
      const made = memoryTerminal();
      const options = { ...json, json: asJson, after, filter: { cluster: "quay" } };
      const watching = watch(
        clientOf(later.url),
        resources.tasks,
        options,
        made.terminal,
        systemClock,
      );
      await until("a snapshot follows", () => made.written.stdout.includes("SYNCED"));
      made.stop();
      await watching;
      return made;
    };
    const forPrograms = await run(true);
    expect(JSON.parse(forPrograms.lines()[0] ?? "")).toMatchObject({
      type: "RESET",
      code: "CURSOR_EXPIRED",
    });
    const arns = forPrograms
      .lines()
      .slice(1, -1)
      .map((line): string => JSON.parse(line).task.arn);
    expect(arns).toContain(taskArn("t1"));
    expect(new Set(arns).size).toBe(arns.length);
    const forPeople = await run(false);
    expect(forPeople.written.stderr).toContain("CURSOR_EXPIRED");
    expect(forPeople.written.stdout).not.toContain("RESET");
    await later.close();
    await views.close();
  }, 40_000);
});
