// Daemons go out by `longshore export` and come back by `longshore import`, into a Longshore that has lost them: as they
// were, without a second task, and without running again what runs once.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Longshore } from "../src/testing/longshore.ts";

const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const run = promisify(execFile);
let longshore: Longshore;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "longshore-backup-"));
  longshore = await startLongshore({ instances: 3, tasks: 3, timings: { timeScale: 0.05 } });
  longshore.serve();
  await longshore.ready();
}, 90_000);
afterAll(async () => {
  await longshore.close();
  await rm(folder, { recursive: true });
});

const cli = (...args: string[]) => run(process.execPath, [main, ...args, "--url", longshore.url]);

const settings = `name mode paused drainOrder readinessAttribute revision
  rollout { method minHealthyPercent maxOverPercent canaryPercent autoRollback }
  revisions { taskDefinition selector overrides tags { key value } }`;
const daemons = async () =>
  (await longshore.graphql(`{ daemons { nodes { ${settings} } } }`)).at("daemons", "nodes").value;
const isEverywhere = (name: string) =>
  until(`${name} everywhere`, async () => {
    const answer = await longshore.graphql(
      `{ daemon(cluster: "harbor", name: "${name}") { status { running } } }`,
    );
    return answer.count("daemon", "status", "running") === 3 || undefined;
  });

test("what Redis lost is registered again as it was", async () => {
  const lamp = `cluster: "harbor", name: "lamp", taskDefinition: "node-exporter:1", selector: "agentConnected == true",
    drainOrder: 7, tags: [{ key: "team", value: "pier" }], rollout: { canaryPercent: 10 }, overrides: { cpu: "64" }`;
  const once = `cluster: "harbor", name: "once", taskDefinition: "node-exporter:1", mode: ONCE_JOINED, paused: true`;
  for (const input of [lamp, once])
    await longshore.graphql(`mutation { registerDaemon(input: { ${input} }) { daemon { name } } }`);
  await isEverywhere("lamp");
  const before = await daemons();
  const { stdout } = await cli("export");
  expect(stdout).toContain("team");
  // It was not paused when it was exported.
  const file = join(folder, "daemons.yaml");
  await writeFile(file, stdout.replace("paused: true", "paused: false"));

  const redis = new Redis(longshore.redis.url.replace("unix://", ""));
  await redis.flushall();
  redis.disconnect();
  await until("no daemon", async () => {
    const answer = await longshore.graphql(
      `{ cluster(cluster: "harbor") { taskCounts { running } freshness { lastReconciledAt } } daemons { totalCount } }`,
    );
    const isBack = answer.count("cluster", "taskCounts", "running") === 6;
    return (isBack && answer.count("daemons", "totalCount") === 0) || undefined;
  });
  const starts = longshore.simulator.calls.count("ECS.StartTask");
  const imported = await cli("import", file);
  expect(imported.stderr).toContain("once paused");
  expect(await daemons()).toEqual(before);
  await isEverywhere("lamp");
  expect(longshore.simulator.calls.count("ECS.StartTask")).toBe(starts);
  const again = await cli("import", file);
  expect(again.stdout.match(/unchanged/g)).toHaveLength(2);
  // One that is there has its ledger: it is neither paused nor resumed by a file.
  await cli("daemon", "resume", "once", "--cluster", "harbor", "--yes");
  const third = await cli("import", file);
  expect(third.stdout.match(/unchanged/g)).toHaveLength(2);
  expect(third.stderr).not.toContain("paused");
}, 90_000);
