// The examples of the scheduler kit, each run by its command's own entry against one simulated fleet, whose tasks of
// edge-proxy are small servers of this test. HAProxy and Prometheus are the real ones; Prometheus judges our alert rules,
// too.
import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { existsSync, readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createLongshore } from "../src/client/index.ts";
import type { LongshoreClient } from "../src/client/index.ts";
import { systemClock } from "../src/clock.ts";
import { isObject, objects, text } from "../src/ecs/json.ts";
import type { JsonObject } from "../src/ecs/json.ts";
import { fleet } from "../src/harness/index.ts";
import type { Fleet } from "../src/harness/index.ts";
import { freePort } from "../src/redis-server/start.ts";
import { debianProgram } from "../src/testing/debian-program.ts";
import { until } from "../src/testing/longshore.ts";

const haproxy = await debianProgram("haproxy");
const prometheus = await debianProgram("prometheus");
const chromiumPath = "/usr/bin/chromium";

let harbor: Fleet;
let longshore: LongshoreClient;
let folder: string;
const addresses = new Map<string, string>();
/** By `task ARN port`: what listens where the task does. */
const servers = new Map<string, Server>();
const children: ChildProcess[] = [];

function listen(task: string, host: string, port: number): void {
  const name = `${task} ${port}`;
  if (servers.has(name)) return;
  const id = task.split("/").at(-1) ?? "";
  const server = createServer((request, response) => {
    if (request.url === "/metrics") response.end(`up_since_start 1\n`);
    // Requests take a moment: some are under way when their task is to stop.
    else void systemClock.sleep(30).then(() => response.end(id));
  });
  server.listen(port, host);
  servers.set(name, server);
}

/** As the containers of a task do: listens when it runs, and is gone when it has stopped. */
function live(body: string): void {
  const event: unknown = JSON.parse(body);
  const task = isObject(event) ? event["detail"] : undefined;
  if (
    !isObject(task) ||
    !/task-definition\/edge-proxy:/.test(text(task, "taskDefinitionArn") ?? "")
  )
    return;
  const arn = text(task, "taskArn") ?? "";
  const ports = objects(task, "containers").flatMap((each) => objects(each, "networkBindings"));
  const host = addresses.get(text(task, "containerInstanceArn") ?? "");
  if (task["lastStatus"] === "RUNNING" && task["desiredStatus"] === "RUNNING" && host)
    for (const { hostPort } of ports) listen(arn, host, Number(hostPort));
  if (task["lastStatus"] !== "STOPPED") return;
  for (const [name, server] of servers)
    if (name.startsWith(arn)) {
      servers.delete(name);
      server.close();
      server.closeAllConnections();
    }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "longshore-examples-"));
  harbor = await fleet({ demo: true, onLoopback: true, pace: 0.7 });
  longshore = createLongshore({ url: harbor.url });
  for (const { arn, privateIpAddress } of await longshore.list("containerInstances"))
    if (privateIpAddress !== null) addresses.set(arn, privateIpAddress);
  harbor.listen(live);
  for (const { task, host, port } of await longshore.list("endpoints", {
    filter: { container: "edge-proxy" },
  }))
    listen(task.arn, host, port);
}, 120_000);
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => end(child)));
});
afterAll(async () => {
  for (const server of servers.values()) {
    server.close();
    server.closeAllConnections();
  }
  await longshore?.close();
  await harbor?.close();
  await rm(folder, { recursive: true, force: true });
});

async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill(signal);
  await exit;
}

interface Example {
  readonly child: ChildProcess;
  lines(): readonly string[];
}

/** Runs an example; its lines so far. */
function run(name: string, settings: Readonly<Record<string, string>> = {}): Example {
  const main = fileURLToPath(new URL(`../examples/${name}/main.ts`, import.meta.url));
  const child = spawn(process.execPath, ["--conditions=longshore-source", main], {
    env: { ...process.env, LONGSHORE_URL: harbor.url, ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return { child, lines: () => output.split("\n").slice(0, -1) };
}

const programSettings = (name: string, program: typeof haproxy) =>
  program ? { [name]: program.command, ...program.env } : {};

const running = (cluster: string, family: string) =>
  longshore.list("tasks", {
    filter: { cluster, family, lastStatus: ["RUNNING"], desiredStatus: "RUNNING" },
  });

describe.skipIf(!haproxy)("haproxy", () => {
  test("loses no request while tasks move", { timeout: 90_000 }, async () => {
    const port = String(await freePort());
    const socket = join(folder, "admin.sock");
    const places = { CLUSTER: "harbor-prod", PORT: port, ADMIN_SOCKET: socket };
    const settings = { ...places, ...programSettings("HAPROXY", haproxy) };
    const example = run("haproxy", settings);
    await until("its servers", () =>
      example.lines().some((line) => /^in step with \d+ endpoints/.test(line)) ? true : undefined,
    );
    const failures: string[] = [];
    let served = new Map<string, number>();
    let requests = 0;
    const stop = new AbortController();
    const client = async () => {
      while (!stop.signal.aborted) {
        const response = await fetch(`http://127.0.0.1:${port}/`).catch(String);
        requests++;
        const answer = typeof response === "string" ? response : await response.text();
        if (typeof response === "string" || !response.ok) failures.push(answer);
        else served.set(answer, (served.get(answer) ?? 0) + 1);
      }
    };
    // One request under way at each server, most of the time.
    const clients = Array.from({ length: 12 }, client);
    const before = await running("harbor-prod", "edge-proxy");
    expect(before).toHaveLength(12);
    await harbor.stop(before.slice(0, 4).map(({ arn }) => arn));
    const [victim] = before.slice(6).map(({ containerInstanceArn }) => containerInstanceArn);
    await harbor.drain([victim ?? ""]);
    const moved = await until(
      "as many tasks elsewhere",
      async () => {
        const now = await running("harbor-prod", "edge-proxy");
        const gone = before.filter(({ arn }) => !now.some((each) => each.arn === arn));
        return now.length === 12 && gone.length >= 5 ? now : undefined;
      },
      60_000,
    );
    served = new Map();
    const expected = moved.map(({ id }) => id).sort();
    await until("requests at each of them, and at no other", () => {
      if ([...served.keys()].some((id) => !expected.includes(id))) served = new Map();
      return [...served.keys()].sort().join() === expected.join() ? true : undefined;
    });
    await until("HAProxy to have these servers only", async () => {
      const connection = connect(socket);
      connection.end("show servers state tasks\n");
      const state = await readAll(connection);
      const names = [...state.matchAll(/^\d+ tasks \d+ (\w+)-\d+ /gm)].map(([, id]) => id);
      expect(names.sort()).toEqual(expected);
      return true;
    });
    stop.abort();
    await Promise.all(clients);
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(100);
  });
});

describe.skipIf(!prometheus)("prometheus-sd", () => {
  test("scrapes every task that there is", { timeout: 60_000 }, async () => {
    const port = String(await freePort());
    run("prometheus-sd", { PORT: port, ...programSettings("PROMETHEUS", prometheus) });
    await until(
      "every target to be up",
      async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=up`);
        const { data } = await answer.json();
        const scraped = objects(data, "result");
        const tasks = await longshore.list("tasks", {
          filter: { family: "edge-proxy", lastStatus: ["RUNNING"] },
        });
        const names = scraped.flatMap(({ metric }) => (isObject(metric) ? [metric["task"]] : []));
        expect(names.sort()).toEqual(tasks.map(({ id }) => id).sort());
        const isUp = ({ value }: JsonObject) => Array.isArray(value) && value[1] === "1";
        expect(scraped.filter((each) => !isUp(each)).map(({ metric }) => metric)).toEqual([]);
        return true;
      },
      45_000,
    );
  });
});

describe.skipIf(!prometheus)("alert rules", () => {
  test("are read by Prometheus, and miss a scheduler however many replicas the API has", async () => {
    const { command = "", env } = prometheus ?? {};
    const rules = fileURLToPath(new URL("alert-rules.yaml", import.meta.url));
    const promtool = join(dirname(command), "promtool");
    const tested = await promisify(execFile)(promtool, ["test", "rules", rules], {
      env: { ...process.env, ...env },
    });
    expect(tested.stdout).toContain("SUCCESS");
  });
});

describe("webhook", () => {
  test(
    "tells each failure once, over its own ends and those of the API",
    { timeout: 90_000 },
    async () => {
      const told: string[] = [];
      let isDown = false;
      const chat = createServer((request, response) => {
        let body = "";
        request.on("data", (chunk: Buffer) => (body += chunk.toString()));
        request.on("end", () => {
          if (!isDown) told.push(JSON.parse(body).text);
          response.writeHead(isDown ? 503 : 200).end();
        });
      });
      chat.listen(0, "127.0.0.1");
      await once(chat, "listening");
      const place = chat.address();
      const port = typeof place === "object" && place ? place.port : 0;
      const settings = {
        WEBHOOK_URL: `http://127.0.0.1:${port}/`,
        STATE_FILE: join(folder, "webhook.json"),
      };
      let example = run("webhook", settings);
      await until("its first cursor", () => (existsSync(settings.STATE_FILE) ? true : undefined));
      const victims = (await running("quay-staging", "berth-api")).map(({ arn }) => arn);
      const crash = (index: number) => harbor.crash(victims.slice(index, index + 1), 3);
      const tells = (count: number) =>
        until(`${count} failures`, () => (told.length >= count ? true : undefined));

      await crash(0);
      await tells(1);
      expect(told[0]).toMatch(/^berth-api in quay-staging failed: berth-api exited with 3 /);
      // A crash before that may repeat a message, and says so.
      const isKept = () => readFileSync(settings.STATE_FILE, "utf8").includes(victims[0] ?? "?");
      await until("that it was told is kept", () => isKept() || undefined);
      await end(example.child, "SIGKILL");
      await crash(1);
      await harbor.restart();
      await crash(2);
      example = run("webhook", settings);
      await tells(3);
      isDown = true;
      await crash(3);
      await harbor.restart();
      await crash(4);
      isDown = false;
      await tells(5);
      const last = victims.slice(5, 6);
      await harbor.stop(last);
      await until("a stop that is no failure", async () => {
        const task = await longshore.query("task", { arn: last[0] ?? "" }, { lastStatus: true });
        return task?.lastStatus === "STOPPED" ? true : undefined;
      });
      await crash(6);
      await tells(6);
      const arns = told.map((line) => /\((\S+)\)$/.exec(line)?.[1]);
      const expected = [0, 1, 2, 3, 4, 6].map((index) => victims[index]);
      expect(arns.sort()).toEqual(expected.sort());
      chat.close();
      chat.closeAllConnections();
    },
  );
});

describe("autoscaling-signal", () => {
  test("asks for what is reserved, and counts what is there", { timeout: 60_000 }, async () => {
    const example = run("autoscaling-signal", { TARGET_PERCENT: "50" });
    const full = run("autoscaling-signal", { TARGET_PERCENT: "100" });
    interface Said {
      readonly cluster: string;
      readonly desired: number;
      readonly active: number;
    }
    const last = (cluster: string, of = example): Said | undefined =>
      of
        .lines()
        .map((line): Said => JSON.parse(line))
        .findLast((each) => each.cluster === cluster);
    const first = await until("a figure", () => last("quay-staging"));
    expect(first.active).toBe(12);
    // Half full takes twice as many, but for what is rounded up.
    await until("twice as many", () => {
      const desired = last("quay-staging")?.desired ?? 0;
      const least = last("quay-staging", full)?.desired ?? 0;
      return least > 0 && [2 * least - 1, 2 * least].includes(desired) ? true : undefined;
    });
    const more = await harbor.addInstances("quay-staging", 3);
    await until("the new ones", () => (last("quay-staging")?.active === 15 ? true : undefined));
    await harbor.drain(more);
    await until("those that drain", () => (last("quay-staging")?.active === 12 ? true : undefined));
  });
});

describe.skipIf(!existsSync(chromiumPath))("dashboard", () => {
  test("shows the fleet, and what stops", { timeout: 90_000 }, async () => {
    const port = String(await freePort());
    const example = run("dashboard", { PORT: port });
    await until("its address", () => (example.lines().length > 0 ? true : undefined));
    const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
    const browser = await chromium.launch({ executablePath: chromiumPath, args });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${port}/`);
      const row = page.locator("tbody tr", { hasText: "lighthouse-edge" });
      await expect
        .poll(() => row.innerText().catch(String), { timeout: 30_000 })
        .toMatch(/^lighthouse-edge\s+6\s/);
      await harbor.addInstances("lighthouse-edge", 1);
      await expect
        .poll(() => row.innerText(), { timeout: 20_000 })
        .toMatch(/^lighthouse-edge\s+7\s/);
      const [victim] = await running("lighthouse-edge", "tide-worker");
      await harbor.crash([victim?.arn ?? ""]);
      const stopped = page.getByText(/^tide-worker in lighthouse-edge: /);
      await stopped.waitFor({ timeout: 20_000 });
    } finally {
      await browser.close();
    }
  });
});

describe("save-volume", () => {
  test("saves what is on each machine before it goes", { timeout: 90_000 }, async () => {
    const saved = new Set<string>();
    const gone: string[] = [];
    const unlisten = harbor.listen((body) => {
      const event: unknown = JSON.parse(body);
      const detail = isObject(event) && isObject(event["detail"]) ? event["detail"] : {};
      const instance = text(detail, "containerInstanceArn") ?? "";
      const isSaving = text(detail, "group") === "daemon:save-volume";
      const exits = objects(detail, "containers").map(({ exitCode }) => exitCode);
      if (isSaving && detail["lastStatus"] === "STOPPED" && exits.every((code) => code === 0))
        saved.add(instance);
      if (detail["taskArn"] === undefined && detail["status"] === "INACTIVE")
        gone.push(`${instance} ${saved.has(instance) ? "saved" : "NOT SAVED"}`);
    });
    const filter = { cluster: "quay-staging", status: "ACTIVE" } as const;
    const [first, second, third] = await longshore.list("containerInstances", { filter });
    const [one, two, three] = [first?.arn ?? "", second?.arn ?? "", third?.arn ?? ""];
    const example = run("save-volume", { CLUSTER: "quay-staging" });
    const says = (line: string) =>
      until(line, () => example.lines().some((each) => each.startsWith(line)) || undefined, 60_000);
    await says("following");
    await harbor.scaleIn([one, two]);
    await harbor.drain([three]);
    for (const arn of [one, two]) {
      await says(`${arn} run 1: SUCCEEDED`);
      await says(`${arn} drains no more: saved`);
    }
    await says(`${three} run 1: SUCCEEDED`);
    expect(gone.sort()).toEqual([`${one} saved`, `${two} saved`].sort());
    unlisten();
  });
});

describe("bin-pack", () => {
  test(
    "has one cache for every four instances, of two copies and after the death of one that acts",
    { timeout: 120_000 },
    async () => {
      const live = new Map<string, string>();
      let most = 0;
      const unlisten = harbor.listen((body) => {
        const event: unknown = JSON.parse(body);
        const task = isObject(event) && isObject(event["detail"]) ? event["detail"] : {};
        const group = text(task, "group") ?? "";
        if (!group.startsWith("kit:bin-pack:")) return;
        if (task["lastStatus"] === "STOPPED") live.delete(text(task, "taskArn") ?? "");
        else live.set(text(task, "taskArn") ?? "", group);
        // Not only as many as there are keys: never two of one.
        most = Math.max(most, live.size - new Set(live.values()).size);
      });
      const one = run("bin-pack", harbor.environment);
      const two = run("bin-pack", harbor.environment);
      const acts = ({ lines }: Example) =>
        lines().findLast((line) => /^(acting|deposed)/.test(line));
      const caches = async () =>
        (await running("harbor-prod", "tide-worker")).filter(({ group }) =>
          group?.startsWith("kit:bin-pack:"),
        );
      // As many as earlier tests have left.
      const filter = { cluster: "harbor-prod", status: "ACTIVE" } as const;
      const hosts = (await longshore.list("containerInstances", { filter })).length;
      const wanted = Math.floor(hosts / 4);
      expect(wanted).toBeGreaterThan(2);
      const first = await until(
        `${wanted} caches`,
        async () => {
          const now = await caches();
          return now.length === wanted ? now : undefined;
        },
        45_000,
      );
      const places = new Set(first.map(({ containerInstanceArn }) => containerInstanceArn));
      expect(places.size).toBe(wanted);
      const zones = Map.groupBy(first, ({ availabilityZone }) => availabilityZone);
      const shares = [...zones.values()].map(({ length }) => length);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      const [leader, other] = acts(one) === "acting" ? [one, two] : [two, one];
      await end(leader.child, "SIGKILL");
      const [victim, moving] = first;
      await harbor.crash([victim?.arn ?? ""]);
      await harbor.drain([moving?.containerInstanceArn ?? ""]);
      const left = Math.floor((hosts - 1) / 4);
      await until(
        `${left} caches elsewhere`,
        async () => {
          const now = await caches();
          const isMoved = now.every(({ arn }) => arn !== victim?.arn && arn !== moving?.arn);
          return now.length === left && isMoved ? true : undefined;
        },
        45_000,
      );
      expect(acts(other)).toBe("acting");
      expect(most).toBe(0);
      unlisten();
    },
  );
});
