// The clients that people bring: curl and fetch, the graphql-ws client, urql, Apollo Client in a page of a real browser.
// Each is an example under examples/, run as it stands against real processes.
import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { build } from "vite";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Longshore, RoleProcess } from "../src/testing/longshore.ts";

const example = (name: string) => fileURLToPath(new URL(`../examples/${name}`, import.meta.url));
const chromiumPath = "/usr/bin/chromium";
const token = "reader";
const authorization = `Bearer ${token}`;

let longshore: Longshore;
let api: RoleProcess;
const children: ChildProcess[] = [];

beforeAll(async () => {
  longshore = await startLongshore(
    { demo: true, timings: { timeScale: 0.1 } },
    { LONGSHORE_READ_TOKENS: token },
  );
  longshore.serve("ingest");
  api = longshore.serve("api");
  await longshore.ready();
  await until("the fleet", async () => {
    const { data } = JSON.parse(await fetched("{ containerInstances { totalCount } }"));
    return data.containerInstances.totalCount === 42 ? true : undefined;
  });
}, 60_000);

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(async () => {
  await longshore?.close();
});

async function fetched(query: string): Promise<string> {
  const response = await fetch(`${longshore.url}graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization },
    body: JSON.stringify({ query }),
  });
  return response.text();
}

const environment = () => ({
  ...process.env,
  LONGSHORE_URL: longshore.url.replace(/\/$/, ""),
  LONGSHORE_TOKEN: token,
});

/** Runs an example; its lines so far. */
function run(name: string): { lines(): string[]; errors(): string } {
  const child = spawn(process.execPath, [example(name)], { env: environment() });
  children.push(child);
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  return { lines: () => output.split("\n").slice(0, -1), errors: () => errors };
}

/** Waits for a count of an example's lines. */
const untilLines = (
  example: ReturnType<typeof run>,
  what: string,
  enough: (lines: readonly string[]) => boolean,
) =>
  until(what, () => {
    if (enough(example.lines())) return true;
    if (example.errors() !== "") throw new Error(example.errors());
  });

const count = (lines: readonly string[], pattern: RegExp) =>
  lines.filter((line) => pattern.test(line)).length;

describe("over HTTP", () => {
  test("curl", async () => {
    const { stdout } = await promisify(execFile)(example("curl.sh"), { env: environment() });
    const { data, errors } = JSON.parse(stdout);
    expect(errors).toBeUndefined();
    expect(data.tasks.nodes).toHaveLength(5);
  });

  test("fetch, by GET, needs its token", async () => {
    const url = `${longshore.url}graphql?${new URLSearchParams({ query: "{ clusters { totalCount } }" })}`;
    expect((await fetch(url)).status).toBe(401);
    const response = await fetch(url, { headers: { authorization } });
    expect(await response.json()).toEqual({ data: { clusters: { totalCount: 3 } } });
  });
});

describe("over WebSocket", () => {
  test("urql", async () => {
    const urql = run("urql.ts");
    await untilLines(urql, "SYNCED", (lines) => lines.some((line) => line.startsWith("SYNCED")));
    expect(JSON.parse(urql.lines()[0] ?? "").clusters.nodes).toHaveLength(3);
    const known = count(urql.lines(), /^ADDED /);
    await longshore.control("instances", { cluster: "quay-staging", count: 1 });
    await untilLines(urql, "the new instance", (lines) => count(lines, /^ADDED /) === known + 1);
  });

  test(
    "graphql-ws, resumed over a crash of the API without a loss or a repeat",
    { timeout: 60_000 },
    async () => {
      const follow = run("follow.ts");
      await untilLines(follow, "SYNCED", (lines) =>
        lines.some((line) => line.startsWith("SYNCED")),
      );
      const before = count(follow.lines(), /^ADDED /);
      await api.kill("SIGKILL");
      await untilLines(follow, "its notice", (lines) => lines.includes("DISCONNECTED"));
      // What happens while nobody serves is there to be resumed.
      const [, crashed = ""] = /^ADDED (\S+) RUNNING$/m.exec(follow.lines().join("\n")) ?? [];
      await longshore.control("tasks/crash", { cluster: crashed.split("/")[1], tasks: [crashed] });
      api = longshore.serve("api");
      await longshore.ready();
      await untilLines(follow, "the crashed task", (lines) =>
        lines.some((line) => line === `MODIFIED ${crashed} STOPPED`),
      );
      expect(count(follow.lines(), /^SYNCED/)).toBe(1);
      expect(count(follow.lines(), /^ADDED /)).toBeGreaterThanOrEqual(before);
      expect(count(follow.lines(), new RegExp(`^MODIFIED ${crashed} STOPPED`))).toBe(1);
    },
  );
});

describe.skipIf(!existsSync(chromiumPath))("in a page", () => {
  test("Apollo Client with useSubscription", { timeout: 90_000 }, async () => {
    const outDir = await mkdtemp(join(tmpdir(), "longshore-apollo-"));
    const root = example("apollo");
    await build({
      root,
      base: "/apollo/",
      logLevel: "error",
      configFile: false,
      build: { outDir },
    });
    const flags = [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      // The page is put in by the test, from nowhere as far as the browser knows: it may ask loopback all the same.
      "--disable-features=LocalNetworkAccessChecks",
    ];
    const browser = await chromium.launch({ executablePath: chromiumPath, args: flags });
    try {
      const page = await browser.newPage();
      await page.addInitScript(
        (value) => sessionStorage.setItem("authorization", value),
        authorization,
      );
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error") problems.push(message.text());
      });
      // The page comes from the API's own origin, as behind a reverse proxy.
      await page.route("**/apollo/**", async (route) => {
        const name =
          new URL(route.request().url()).pathname.replace("/apollo/", "") || "index.html";
        const contentType = name.endsWith(".js") ? "text/javascript" : "text/html";
        await route.fulfill({ body: await readFile(join(outDir, name)), contentType });
      });
      await page.goto(`${longshore.url}apollo/`);
      const shown = page.getByText(/^lighthouse-edge: \d+ container instances$/);
      await shown.waitFor({ timeout: 20_000 }).catch((error: unknown) => {
        throw new Error(`the page failed: ${problems.join("; ")}`, { cause: error });
      });
      await expect.poll(() => shown.innerText(), { timeout: 20_000 }).toContain(": 6 ");
      await longshore.control("instances", { cluster: "lighthouse-edge", count: 1 });
      await expect.poll(() => shown.innerText(), { timeout: 20_000 }).toContain(": 7 ");
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
      await rm(outDir, { recursive: true, force: true });
    }
  });
});
