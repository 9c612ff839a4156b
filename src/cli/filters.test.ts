// Words that ECS writes in capitals, as people type them to filter lists: any case is taken, and one that is not known
// is asked for with a remark.
import { afterAll, beforeAll, expect, it } from "vitest";
import { startApi } from "../graphql/server.ts";
import type { Api } from "../graphql/server.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import { startApiWorld } from "../testing/api-world.ts";
import type { ApiWorld } from "../testing/api-world.ts";
import { anInstance, aTask, testCluster } from "../testing/entities.ts";
import { until } from "../testing/longshore.ts";
import { runCommandLine } from "./test-command.ts";

let world: ApiWorld;
let api: Api;

beforeAll(async () => {
  world = await startApiWorld();
  api = await startApi({ ...world.place, tokens: { read: [], admin: [] } });
  await world.place.store.apply(testCluster, [
    observeContainerInstance(anInstance("b", { status: "DRAINING" }), "event"),
    observeTask(aTask("t1", "a", { healthStatus: "HEALTHY" }), "describe", 0),
    observeTask(aTask("t2", "b", { desiredStatus: "STOPPED" }), "event", 0),
    observeTask(aTask("t3", "b", { lastStatus: "FROZEN", launchType: "FARGATE" }), "event", 0),
  ]);
  const tasks = () => world.place.informer.views.get(testCluster)?.tasks.size;
  await until("the view has them", () => tasks() === 3 || undefined);
});
afterAll(async () => {
  await api?.close();
  await world?.close();
});

it.each([
  ["tasks --status running", ["t1", "t2"]],
  ["tasks --status stopped,Running", ["t1", "t2"]],
  ["tasks --desired-status stopped", ["t2"]],
  ["tasks --health healthy", ["t1"]],
  ["tasks --launch-type fargate", ["t3"]],
  ["instances --status draining", ["b"]],
  ["instances --status registration_failed", []],
])("get %s finds %j without a remark on the word", async (line, ids) => {
  const ran = await runCommandLine(api.url, ["get", ...line.split(" "), "-o", "name"]);
  expect(ran.stdout.split("\n").filter(Boolean)).toEqual(ids);
  expect(ran.stderr).not.toContain("they are");
});

it("an unknown word is remarked on and asked for as it is: ECS may have it by now", async () => {
  const unknown = await runCommandLine(api.url, ["get", "tasks", "--status", "BOGUS", "--json"]);
  expect(unknown).toMatchObject({ code: 0, stdout: "[]\n" });
  expect(unknown.stderr).toMatch(
    /^longshore: no status is known here as BOGUS; they are PROVISIONING, PENDING, .*, STOPPED, DELETED\.$/m,
  );
  const line = [
    "get",
    "tasks",
    "--status",
    "FROZEN",
    "running",
    "--launch-type",
    "x",
    "-o",
    "name",
  ];
  const several = await runCommandLine(api.url, line);
  expect(several.stderr).toMatch(/^longshore: no status is known here as FROZEN; /m);
  expect(several.stderr).toMatch(/^longshore: no launch type is known here as x; /m);
  const later = await runCommandLine(api.url, [...line.slice(0, 5), "-o", "name"]);
  expect(later.stdout.split("\n").filter(Boolean)).toEqual(["t1", "t2", "t3"]);
});
