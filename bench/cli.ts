// What the command line costs: `get tasks --json` of 100,000 tasks beside a loop that fetches the same pages and prints
// them, which is the least that anybody can do; and how long a command takes to start beside Node.js itself.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { systemClock } from "../src/clock.ts";
import { resources } from "../src/cli/resources/all.ts";
import { pageOf } from "../src/cli/reading.ts";
import { operation } from "../src/client/operation.ts";
import type { Row } from "./main.ts";

const tasks = 100_000;
const rounds = 3;
const starts = 10;

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
/** As an installed command runs it: without the look for what is missing that a checkout begins with. */
const longshore = here("../src/cli/main.ts");

/** A process notes what it took when it ends. */
const noteCpu = `data:text/javascript,${encodeURIComponent(
  `import { writeFileSync } from "node:fs";
process.on("exit", () => writeFileSync(process.env.BENCH_CPU, JSON.stringify(process.cpuUsage())));`,
)}`;

/** Fetches page after page and prints what is on each, all of it as one array. */
const floorCode = String.raw`const [, url, query] = process.argv;
for (let after = null; ;) {
  const response = await fetch(url + "/graphql", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables: { filter: {}, first: 1000, after } }),
  });
  const { data: { answer: list } } = await response.json();
  const lines = list.nodes.map((node) => JSON.stringify(node)).join(",\n");
  process.stdout.write((after === null ? "[\n" : ",\n") + lines);
  if (!list.pageInfo.hasNextPage) break;
  after = list.pageInfo.endCursor;
}
process.stdout.write("\n]\n");`;

interface Taken {
  readonly ms: number;
  readonly cpuMs: number;
  readonly bytes: number;
}

/** Runs Node.js to its end, reading all that it prints. */
async function run(args: readonly string[], folder: string): Promise<Taken> {
  const noted = join(folder, "cpu.json");
  const from = systemClock.monotonic();
  const child = spawn(process.execPath, ["--import", noteCpu, ...args], {
    env: { ...process.env, BENCH_CPU: noted },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let bytes = 0;
  child.stdout.on("data", (chunk: Buffer) => (bytes += chunk.length));
  const [code]: number[] = await once(child, "close");
  const ms = systemClock.monotonic() - from;
  if (code !== 0) throw new Error(`node ${args.join(" ").slice(0, 80)} ended with ${code}`);
  const { user, system }: NodeJS.CpuUsage = JSON.parse(await readFile(noted, "utf8"));
  return { ms, cpuMs: (user + system) / 1000, bytes };
}

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Each contender in turn, so that all have the same noise; the middle of what each took. */
async function compare(
  contenders: Readonly<Record<string, readonly string[]>>,
  times: number,
  folder: string,
): Promise<Row[]> {
  const taken = new Map<string, Taken[]>(Object.keys(contenders).map((what) => [what, []]));
  for (let round = 0; round < times; round++)
    for (const [what, args] of Object.entries(contenders))
      taken.get(what)?.push(await run(args, folder));
  const rows = [...taken].map(([what, all]) => ({
    what,
    ms: middle(all.map(({ ms }) => ms)),
    cpuMs: middle(all.map(({ cpuMs }) => cpuMs)),
    megabytes: (all[0]?.bytes ?? 0) / 1e6,
  }));
  const [floor] = rows;
  return rows.map(({ what, ...figures }) => ({
    what,
    figures: {
      ...figures,
      timesFloor: figures.ms / (floor?.ms ?? 1),
      cpuTimesFloor: figures.cpuMs / (floor?.cpuMs ?? 1),
    },
  }));
}

export async function cli(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "longshore-cli-"));
  const server = spawn(
    process.execPath,
    [
      "--max-old-space-size=8192",
      "--expose-gc",
      here("query/serve.ts"),
      "longshore",
      String(tasks),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    const [line]: string[] = await once(createInterface({ input: server.stdout }), "line");
    const { port }: { readonly port: number } = JSON.parse(line ?? "{}");
    const url = `http://127.0.0.1:${port}`;
    const page = pageOf(resources.tasks.full, { filter: {}, first: 1000, after: null });
    const { document: query } = operation("Query", ...page);
    const lists = await compare(
      {
        "a loop over the same pages (floor)": [
          "--input-type=module",
          "--eval",
          floorCode,
          "--",
          url,
          query,
        ],
        "longshore get tasks --json": [longshore, "get", "tasks", "--json", "--url", url],
      },
      rounds,
      folder,
    );
    const begins = await compare(
      {
        "node -e 0 (floor)": ["--eval", "0"],
        "longshore completion bash": [longshore, "completion", "bash"],
        "longshore get clusters": [longshore, "get", "clusters", "--url", url],
      },
      starts,
      folder,
    );
    return [...lists, ...begins];
  } finally {
    server.kill();
    await rm(folder, { recursive: true, force: true });
  }
}
