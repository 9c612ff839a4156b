// npm run bench [-- NAME]: runs benchmarks one after the other, prints a table each, writes bench/results/NAME.json.
// Machines are noisy: every benchmark runs its floor in the same run, and the ratio is the figure that counts.
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { cli } from "./cli.ts";
import { client } from "./client.ts";
import { dashboard } from "./dashboard.ts";
import { fanout } from "./fanout.ts";
import { ingest } from "./ingest.ts";
import { latency } from "./latency.ts";
import { memory } from "./memory.ts";
import { plan } from "./plan.ts";
import { query } from "./query.ts";
import { react } from "./react.ts";
import { reconcile } from "./reconcile.ts";
import { rollout } from "./rollout.ts";

/** One line of a benchmark's table. Figures carry their unit in their name. */
export interface Row {
  readonly what: string;
  readonly figures: Readonly<Record<string, number>>;
}

const benchmarks: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  cli,
  client,
  dashboard,
  fanout,
  ingest,
  latency,
  memory,
  plan,
  query,
  react,
  reconcile,
  rollout,
};

function print(name: string, rows: readonly Row[]): void {
  const columns = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))];
  const width = Math.max(...rows.map(({ what }) => what.length));
  const line = (what: string, cells: readonly string[]) =>
    `${what.padEnd(width)}  ${cells.map((cell, index) => cell.padStart(Math.max(columns[index]?.length ?? 0, 8))).join("  ")}`;
  process.stdout.write(`\n${name}\n${line("", columns)}\n`);
  for (const { what, figures } of rows) {
    const cells = columns.map((column) =>
      figures[column] === undefined ? "" : String(Math.round(figures[column] * 100) / 100),
    );
    process.stdout.write(`${line(what, cells)}\n`);
  }
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  process.stderr.write(
    `there is no benchmark ${unknown.join(", ")}: there are ${Object.keys(benchmarks).join(", ")}\n`,
  );
  process.exit(2);
}
const results = fileURLToPath(new URL("results/", import.meta.url));
await mkdir(results, { recursive: true });
for (const [name, run] of Object.entries(benchmarks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const rows = await run();
  print(name, rows);
  const about = { name, node: process.version, cpus: cpus().length, rows };
  await writeFile(`${results}${name}.json`, `${JSON.stringify(about, null, 2)}\n`);
}
process.exit();
