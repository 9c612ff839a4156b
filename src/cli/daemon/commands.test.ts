// `longshore daemon` and `import` against a real API on a real Redis: what becomes of a file when one of its daemons is
// refused, which daemon is meant by a name, and what a person is asked.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { currentRevision, formatLaunchMark } from "../../daemon/daemon.ts";
import { startApi } from "../../graphql/server.ts";
import type { Api } from "../../graphql/server.ts";
import { observeContainerInstance, observeTask } from "../../store/record.ts";
import { startApiWorld } from "../../testing/api-world.ts";
import type { ApiWorld } from "../../testing/api-world.ts";
import { anInstance, aTask, testCluster } from "../../testing/entities.ts";
import { until } from "../../testing/longshore.ts";
import { runCommandLine } from "../test-command.ts";

let world: ApiWorld;
let api: Api;
let folder: string;

beforeAll(async () => {
  world = await startApiWorld();
  api = await startApi({ ...world.place, tokens: { read: [], admin: [] } });
  folder = await mkdtemp(join(tmpdir(), "longshore-daemons-"));
});
afterAll(async () => {
  await api?.close();
  await world?.close();
  await rm(folder, { recursive: true });
});

const longshore = (args: readonly string[], answer?: boolean) =>
  runCommandLine(api.url, args, { answer });

const stored = () => world.place.store.records(testCluster, "d");
const seen = () => world.place.informer.views.get(testCluster)?.daemons;
const isSeen = (name: string) => until(`${name} in the view`, () => seen()?.get(name));

afterEach(async () => {
  for (const name of (await stored()).keys())
    await longshore(["daemon", "deregister", name, "--cluster", "quay", "--keep-tasks"]);
  await until("no daemon", () => seen()?.size === 0 || undefined);
});

describe("a file of which one daemon is refused", () => {
  const daemon = (name: string, cluster: string) =>
    `name: ${name}\ncluster: ${cluster}\ntaskDefinition: lamp:3\n`;
  const threeOf = async (cluster: string) => {
    const file = join(folder, "three.yaml");
    const three = [daemon("lamp", "quay"), daemon("bell", cluster), daemon("buoy", "quay")];
    await writeFile(file, three.join("---\n"));
    return file;
  };
  const refusal = (file: string) =>
    [
      `longshore: ${file}:5 bell: cluster "gone" is not known here: 1 are; longshore get clusters lists them. (NOT_FOUND)`,
      `longshore: 2 of 3 daemons done; failed: ${file}:5 bell.`,
      "",
    ].join("\n");

  it.each([
    ["import", (file: string) => ["import", file]],
    ["apply", (file: string) => ["daemon", "apply", "-f", file]],
    ["register", (file: string) => ["daemon", "register", "-f", file]],
  ])("is done but for that one by %s, planned or in earnest", async (_, command) => {
    const file = await threeOf("gone");
    const planned = await longshore([...command(file), "--dry-run"]);
    expect(planned).toMatchObject({ code: 3, stderr: refusal(file) });
    expect(planned.stdout.match(/^daemon \w+/gm)).toEqual(["daemon lamp", "daemon buoy"]);
    expect((await stored()).size).toBe(0);
    const done = await longshore(command(file));
    expect(done).toMatchObject({ code: 3, stderr: refusal(file) });
    expect([...(await stored()).keys()].sort()).toEqual(["buoy", "lamp"]);
  });

  it("is waited for, and ends with the failure of the wait when there is one", async () => {
    const file = await threeOf("gone");
    const waited = await longshore(["daemon", "apply", "-f", file, "--wait", "--within", "0.2"]);
    expect(waited.code).toBe(7);
    expect(waited.stderr).toContain(`longshore: ${file}:5 bell: cluster "gone"`);
    expect(waited.stderr).toMatch(/daemon lamp in quay is not done within/);
  });

  it("is not gone on with after what the next one would meet as well", async () => {
    const file = await threeOf("quay");
    const no = await longshore(["import", file], false);
    expect(no).toMatchObject({ asked: "", code: 0 });
    await isSeen("buoy");
    const guarded = await startApi({
      ...world.place,
      tokens: { read: ["reader"], admin: ["boss"] },
    });
    try {
      const url = ["--url", guarded.url, "--token", "reader"];
      const refused = await longshore(["daemon", "register", "-f", file, ...url]);
      expect(refused.code).toBe(5);
      expect(refused.stderr.trimEnd().split("\n")).toEqual([
        expect.stringMatching(/three\.yaml:1 lamp: .*\(FORBIDDEN\)$/),
        `longshore: 0 of 3 daemons done; failed: ${file}:1 lamp; not tried: ${file}:5 bell, ${file}:9 buoy.`,
      ]);
    } finally {
      await guarded.close();
    }
  });

  it("differs, and diff says that the cluster is not known", async () => {
    const file = await threeOf("gone");
    const different = await longshore(["daemon", "diff", "-f", file]);
    expect(different.code).toBe(9);
    expect(different.stdout.match(/^daemon .*/gm)).toEqual([
      `daemon lamp in quay, not registered (${file}:1)`,
      `daemon bell in gone, not registered: its cluster is not known (${file}:5)`,
      `daemon buoy in quay, not registered (${file}:9)`,
    ]);
    expect(different.stderr).toContain(
      "3 of 3 daemons differ: longshore daemon apply -f makes them so but for the 1 in clusters that the API does not know.",
    );
  });

  it("with one daemon is told in one line, with its place", async () => {
    const file = join(folder, "one.yaml");
    await writeFile(file, daemon("bell", "gone"));
    const refused = await longshore(["daemon", "apply", "-f", file]);
    expect(refused).toMatchObject({ code: 3, stdout: "" });
    expect(refused.stderr.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/one\.yaml:1 bell: cluster "gone" is not known here/),
    ]);
  });
});

describe("resuming", () => {
  const lamp = ["lamp", "--cluster", "quay"];
  const daemon = (...args: string[]) => longshore(["daemon", ...args]);

  it("asks a person when tasks would go, and a script never", { timeout: 60_000 }, async () => {
    await daemon("register", ...lamp, "--task-definition", "lamp:3");
    const registered = await isSeen("lamp");
    const { template } = currentRevision(registered);
    const startedBy = formatLaunchMark({ daemonId: registered.id, template, launchId: "l1" });
    const running = observeTask(aTask("t1", "a", { startedBy }), "event", 0);
    await world.place.store.apply(testCluster, [running]);
    await daemon("pause", ...lamp);
    const task = () => world.place.informer.views.get(testCluster)?.tasks.has("t1");
    await until("its task in the view", () => task() || undefined);
    const isPaused = async () => (await stored()).get("lamp")?.includes('"paused":true');

    // Nothing is taken away yet: the task is of the present revision.
    expect(await longshore(["daemon", "resume", ...lamp], false)).toMatchObject({
      code: 0,
      asked: "",
    });
    await daemon("pause", ...lamp);
    const updated = await longshore(
      ["daemon", "update", ...lamp, "--task-definition", "lamp:4"],
      false,
    );
    expect(updated).toMatchObject({ code: 0, asked: "" });
    const no = await longshore(["daemon", "resume", ...lamp], false);
    expect(no).toMatchObject({
      code: 1,
      stdout: "",
      asked:
        "What was held back begins now: this replaces or stops tasks. Go on with daemon lamp in quay? [y/N] ",
    });
    expect(no.stderr).toMatch(/^ {2}wave 1: replace 1$/m);
    expect(await isPaused()).toBe(true);
    expect(await longshore(["daemon", "resume", ...lamp], true)).toMatchObject({ code: 0 });
    expect(await isPaused()).toBe(false);
    await daemon("pause", ...lamp);
    expect(await longshore(["daemon", "resume", ...lamp, "--yes"], false)).toMatchObject({
      code: 0,
      asked: "",
    });
    await daemon("pause", ...lamp);
    expect(await daemon("resume", ...lamp)).toMatchObject({ code: 0, asked: "" });
  });
});

describe("which daemon", () => {
  const update = (...args: string[]) =>
    longshore(["daemon", "update", ...args, "--drain-order", "7"]);

  it("is meant is said with its cluster, before a slash, or by a name that one cluster has", async () => {
    const registered = await longshore(
      "daemon register quay/lamp --task-definition lamp:3".split(" "),
    );
    expect(registered).toMatchObject({ code: 0, stderr: "" });
    await isSeen("lamp");
    for (const which of [["quay/lamp"], ["lamp"], ["lamp", "--cluster", "quay"]]) {
      const updated = await update(...which, "--dry-run");
      expect(updated).toMatchObject({ code: 0, stderr: "" });
      expect(updated.stdout).toMatch(/^daemon lamp in quay would be updated/);
    }
    const done = await update(`${testCluster}/lamp`);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect((await stored()).get("lamp")).toContain('"drainOrder":7');
    expect(await update("nobody")).toMatchObject({ code: 3, stdout: "" });
    expect(await update("gone/lamp")).toMatchObject({ code: 3, stdout: "" });
    const unsaid = await longshore(["daemon", "register", "bell", "--task-definition", "lamp:3"]);
    expect(unsaid).toMatchObject({ code: 2, stdout: "" });
    expect(unsaid.stderr).toContain("Say --cluster");
  });

  it("is asked where two clusters have one of the name", async () => {
    const bay = testCluster.replace("quay", "bay");
    const instance = { ...anInstance("z"), clusterArn: bay };
    await world.place.store.addCluster(bay);
    await world.place.store.apply(bay, [observeContainerInstance(instance, "describe")]);
    await until("bay", () => world.place.informer.views.get(bay)?.instances.size || undefined);
    const both = () => world.place.informer.views.get(bay)?.daemons.has("lamp") || undefined;
    for (const cluster of ["bay", "quay"])
      await longshore([
        "daemon",
        "register",
        "lamp",
        "--cluster",
        cluster,
        "--task-definition",
        "lamp:3",
      ]);
    await isSeen("lamp");
    await until("both", both);
    const asked = await update("lamp");
    expect(asked).toMatchObject({ code: 2, stdout: "" });
    expect(asked.stderr).toMatch(/2 clusters have a daemon "lamp" \((bay, quay|quay, bay)\)/);
    expect(await update("bay/lamp")).toMatchObject({ code: 0, stderr: "" });
    await longshore(["daemon", "deregister", "lamp", "--cluster", "bay", "--keep-tasks"]);
  });
});
