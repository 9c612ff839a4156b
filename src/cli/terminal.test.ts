// The command line on a real terminal, and on a pipe: screens that follow the API and come back from its restart, keys,
// sizes, questions; and that the terminal is given back on any end.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { processEnvironment } from "../config.ts";
import { startApi } from "../graphql/server.ts";
import type { Api } from "../graphql/server.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import { startApiWorld } from "../testing/api-world.ts";
import type { ApiWorld } from "../testing/api-world.ts";
import { anInstance, aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { noPty, openPty, patienceMs } from "../testing/pty.ts";
import type { Pty } from "../testing/pty.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const opened: Pty[] = [];

// Dozens of processes, on a machine that may be busy with others.
vi.setConfig({ testTimeout: 120_000 });

let world: ApiWorld;
let api: Api;

const serve = (port: number) => startApi({ ...world.place, port, tokens: { read: [], admin: [] } });
/** Dozens of processes run here: what one has compiled, the others need not. */
const cache = join(tmpdir(), "longshore-test-compiled");
const env = (more: Record<string, string> = {}) => ({
  PATH: processEnvironment["PATH"],
  NODE_COMPILE_CACHE: cache,
  LONGSHORE_URL: api.url,
  ...more,
});

function terminal(args: readonly string[], more: Record<string, string> = {}, columns = 100): Pty {
  const pty = openPty([process.execPath, main, ...args], { env: env(more), columns, rows: 16 });
  opened.push(pty);
  return pty;
}

/** Runs a shell line, with `longshore` in it for the command; what it wrote and how it ended. */
async function shell(line: string, more: Record<string, string> = {}) {
  const script = `longshore() { ${process.execPath} ${main} "$@"; }; ${line}`;
  const child = execFile("bash", ["--norc", "-c", script], { env: env(more) });
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (text: string) => (stdout += text));
  child.stderr?.on("data", (text: string) => (stderr += text));
  await once(child, "close");
  return { stdout, stderr, code: child.exitCode };
}

const joins = (id: string) =>
  world.place.store.apply(testCluster, [observeContainerInstance(anInstance(id), "describe")]);

beforeAll(async () => {
  world = await startApiWorld();
  const tasks = Array.from({ length: 30 }, (_, index) =>
    observeTask(aTask(`t${index}`, "a"), "event", 0),
  );
  await world.place.store.apply(testCluster, tasks);
  api = await serve(0);
});

afterAll(async () => {
  for (const pty of opened) pty.kill();
  await api?.close();
  await world?.close();
});

describe.skipIf(noPty !== undefined)(`on a terminal ${noPty ?? ""}`, () => {
  test("get --watch follows, comes back after the API was away, and leaves what it showed", async () => {
    const pty = terminal(["get", "instances", "--watch"]);
    await pty.shows("1 instances  live");
    await joins("b");
    await pty.shows("2 instances  live");
    const port = Number(new URL(api.url).port);
    await api.close();
    await pty.shows("not live, trying again");
    await joins("c");
    api = await serve(port);
    await pty.shows("3 instances  live");
    expect(pty.screen().filter((line) => /^[abc] +quay +ACTIVE/.test(line))).toHaveLength(3);
    pty.type("q");
    expect(await pty.ended).toBe(0);
    expect(pty.hasScreen()).toBe(false);
    const left = pty.output().split("\u001b[?1049l").at(-1) ?? "";
    expect(left.match(/^[abc] +quay/gm)).toHaveLength(3);
  });

  test("top shows each view, filters, opens details, fits a new size, and ends by q", async () => {
    const pty = terminal(["top"]);
    await pty.shows("30 tasks");
    await pty.shows("quay");
    pty.type("4");
    await pty.shows("TASK DEFINITION");
    pty.type("/t17\r");
    await pty.shows("/t17 (1)");
    expect(pty.screen().filter((line) => /^t\d+ /.test(line))).toEqual([
      expect.stringMatching(/^t17 +quay/),
    ]);
    pty.resize(44, 12);
    await until("every line fits", () => {
      const lines = pty.screen();
      return lines.length <= 16 && lines.slice(0, 12).every((line) => line.length <= 44)
        ? true
        : undefined;
    });
    pty.type("\r");
    await pty.shows("Task definition");
    pty.type("?");
    await pty.shows("hold the picture still");
    pty.type("qq");
    expect(await pty.ended).toBe(0);
    expect(pty.hasScreen()).toBe(false);
  });

  test.each(["SIGTERM", "SIGHUP"] as const)("%s gives the terminal back", async (signal) => {
    const pty = terminal(["top", "instances"]);
    await pty.shows("live");
    pty.signal(signal);
    expect(await pty.ended).toBe(0);
    expect(pty.hasScreen()).toBe(false);
    expect(pty.output()).toContain("\u001b[?25h");
  });

  test("a crash gives the terminal back and says why on it", async () => {
    const planted = "process.on('SIGUSR2', () => { throw new Error('planted') })";
    const pty = terminal(["top"], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(planted)}`,
    });
    await pty.shows("live");
    pty.signal("SIGUSR2");
    expect(await pty.ended).not.toBe(0);
    const after = pty.output().split("\u001b[?1049l").at(-1) ?? "";
    expect(after).toContain("planted");
    expect(pty.hasScreen()).toBe(false);
  });

  test("asks before tasks go; no is no, and --yes is not asked", async () => {
    const name = ["lamp", "--cluster", "quay"];
    await shell("longshore daemon register lamp --cluster quay --task-definition lamp:3");
    await until("the API has it", async () => {
      const { code } = await shell("longshore get daemon lamp --cluster quay");
      return code === 0 ? true : undefined;
    });
    const asked = terminal(["daemon", "deregister", ...name]);
    await until(
      "the question",
      () => (asked.output().includes("[y/N]") ? true : undefined),
      patienceMs,
    );
    asked.type("n\r");
    expect(await asked.ended).toBe(1);
    expect(asked.output()).toContain("nothing was changed");
    expect((await shell("longshore get daemon lamp --cluster quay")).code).toBe(0);
    const yes = terminal(["daemon", "deregister", ...name]);
    await until(
      "the question",
      () => (yes.output().includes("[y/N]") ? true : undefined),
      patienceMs,
    );
    yes.type("y\r");
    expect(await yes.ended).toBe(0);
    expect(yes.output()).toContain("daemon lamp in quay deregistered");
  });

  test("has colours, unless NO_COLOR is set", async () => {
    const coloured = terminal(["get", "instances"]);
    await coloured.ended;
    expect(coloured.output()).toContain("\u001b[32mACTIVE");
    const plain = terminal(["get", "instances"], { NO_COLOR: "1" });
    await plain.ended;
    expect(plain.output()).toContain("ACTIVE");
    expect(plain.output()).not.toContain("\u001b");
  });
});

describe("on a pipe", () => {
  test("has colours only when they are forced, and ends in order when its reader goes", async () => {
    let isGone = false;
    const headed = shell(`longshore watch tasks --snapshot | head -1; echo "\${PIPESTATUS[0]}"`);
    void headed.finally(() => (isGone = true));
    const [{ stdout }, forced, screen] = await Promise.all([
      shell("longshore get instances"),
      shell("longshore get instances", { FORCE_COLOR: "1" }),
      shell("longshore top"),
    ]);
    // Who writes learns by its next line that nobody reads: the snapshot may have gone out before. It is told of what
    // it shows alone.
    for (let version = 2; !isGone; version++) {
      const change = { version: String(version), startedBy: `round ${version}` };
      const task = observeTask(aTask("t5", "a", change), "event", 0);
      await world.place.store.apply(testCluster, [task]);
      await Promise.race([headed, systemClock.sleep(50)]);
    }
    const head = await headed;
    expect(stdout).toContain("ACTIVE");
    expect(stdout).not.toContain("\u001b");
    expect(forced.stdout).toContain("\u001b[32mACTIVE");
    expect(head.stdout).toMatch(/ADDED.*\n0\n$/);
    expect(head.stderr).toBe("");
    expect(screen).toMatchObject({ stdout: "", code: 2 });
  });

  test("a wait that is too long, or in vain, has its exit code", async () => {
    const register = "longshore daemon register --cluster quay --task-definition lamp:3 --wait";
    const [late, paused] = await Promise.all([
      shell(`${register} buoy --within 0.5`),
      shell(`${register} bell --paused`),
    ]);
    expect(late.code).toBe(7);
    expect(late.stderr).toMatch(/is not done within 500ms; it goes on by itself/);
    expect(paused.code).toBe(8);
    expect(paused.stderr).toContain("paused by a person");
    expect(paused.stderr).toContain("longshore daemon rollback bell");
  });

  test("finds one thing by its id, the beginning of it, or its ARN, and says which it may be", async () => {
    const [byId, byArn, begins, unclear, nobody, instance] = await Promise.all([
      shell("longshore get task t17 --json"),
      shell(`longshore get task ${aTask("t17", "a").arn} --json`),
      shell("longshore get task t2 --cluster quay"),
      shell("longshore get task t"),
      shell("longshore get instance zz"),
      shell("longshore describe instance a"),
    ]);
    expect(JSON.parse(byId.stdout)).toMatchObject({ id: "t17", family: "lamp" });
    expect(JSON.parse(byArn.stdout)).toEqual(JSON.parse(byId.stdout));
    // What is called exactly so counts more than what begins so.
    expect(begins.stdout).toMatch(/^Task +t2$/m);
    expect(unclear).toMatchObject({ stdout: "", code: 2 });
    expect(unclear.stderr).toContain("stands for 30 tasks");
    expect(nobody).toMatchObject({ stdout: "", code: 3 });
    expect(instance.stdout).toMatch(/^Instance +a$/m);
    expect(instance.stdout).toMatch(/^Tasks$/m);
  });

  test("writes each format", async () => {
    const [csv, name, yaml, columns, unknown] = await Promise.all([
      shell("longshore get tasks -o csv --sort id --limit 2"),
      shell("longshore get tasks -o name --sort=-id --limit 1"),
      shell("longshore get clusters -o yaml"),
      shell("longshore get tasks --columns status,id --limit 1"),
      shell("longshore get tasks --columns colour"),
    ]);
    expect(csv.stdout.split("\r\n").slice(0, 2)).toEqual([
      expect.stringMatching(/^id,cluster,task_definition,status/),
      expect.stringMatching(/^t0,quay,lamp:3,RUNNING/),
    ]);
    expect(name.stdout).toBe("t29\n");
    expect(yaml.stdout).toMatch(/^- arn: .*quay\n/);
    expect(columns.stdout).toMatch(/^STATUS +ID\nRUNNING +t0\n$/);
    expect(unknown).toMatchObject({ stdout: "", code: 2 });
    expect(unknown.stderr).toContain("task-definition");
  });

  test("a simulator that cannot be what it is told to be says so in a line", async () => {
    const [port, host, size] = await Promise.all([
      shell("longshore simulate --port 99999"),
      shell("longshore simulate --host nosuch.invalid"),
      shell("longshore simulate --instances 1 --tasks 4000"),
    ]);
    expect(port).toMatchObject({ stdout: "", code: 2 });
    expect(port.stderr.split("\n")[0]).toBe(
      "error: option '--port <p>' argument '99999' is invalid. It takes a port: a whole number up to 65535.",
    );
    expect(port.stderr).not.toContain(" at ");
    expect(host).toMatchObject({ stdout: "", code: 1 });
    expect(host.stderr).toBe(
      "longshore: This machine has no address nosuch.invalid: choose one that it has with --host.\n",
    );
    expect(size).toMatchObject({ stdout: "", code: 1 });
    expect(size.stderr).toBe(
      "longshore: 4000 tasks do not fit on the 1 instances of harbor: ask for fewer tasks or more instances.\n",
    );
  });
});
