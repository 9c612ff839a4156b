// A real SDK client on the simulator: every request that reaches ECS took a token first, and throttling is reported.
import { afterEach, expect, test } from "vitest";
import type { ApiBudget } from "../ecs/api-budget.ts";
import { startWithClients } from "../simulator/test-clients.ts";
import type { TestClients } from "../simulator/test-clients.ts";
import { budgetCalls } from "./budgeted-client.ts";
import { createEcsReader } from "./sdk-ecs-api.ts";

let clients: TestClients;
afterEach(() => clients.close());

/** Hands out `tokens` and keeps the rest waiting until they give up. */
function countingBudget(tokens = Number.POSITIVE_INFINITY) {
  const taken: string[] = [];
  const throttled: string[] = [];
  const budget: ApiBudget = {
    of: ({ account, region }, callClass) => ({
      take: async (signal) => {
        if (taken.length >= tokens)
          await new Promise((_, reject) => {
            signal?.addEventListener("abort", () => reject(signal.reason));
          });
        taken.push(`${account} ${region} ${callClass}`);
      },
      throttled: () => void throttled.push(callClass),
    }),
  };
  return { budget, taken, throttled };
}

const account = () => Promise.resolve("999900009999");

test("each page of a list takes a token of its account, region and class", async () => {
  clients = await startWithClients({ instances: 30, tasks: 250 });
  const { budget, taken } = countingBudget();
  budgetCalls(clients.ecs, { budget, account }, { takes: true });
  const reader = createEcsReader(clients.ecs);
  const [cluster = ""] = await reader.listClusters();
  expect(await reader.listTasks(cluster, {})).toHaveLength(250);
  const { region, account: owner } = clients.simulator.world.scope;
  expect(taken).toEqual([
    `999900009999 ${region} clusterReads`,
    ...Array.from({ length: 3 }, () => `${owner} ${region} resourceReads`),
  ]);
  expect(clients.simulator.calls.count("ECS.ListTasks")).toBe(3);
});

test("no request leaves without its token; giving up fails the call", async () => {
  clients = await startWithClients({ instances: 1, tasks: 150 });
  const { budget } = countingBudget(2);
  const stop = new AbortController();
  budgetCalls(clients.ecs, { budget, account, signal: stop.signal }, { takes: true });
  const reader = createEcsReader(clients.ecs);
  const [cluster = ""] = await reader.listClusters();
  const listing = reader.listTasks(cluster, {});
  setTimeout(() => stop.abort(new Error("stopping")), 50);
  await expect(listing).rejects.toThrow("stopping");
  expect(clients.simulator.calls.count("ECS.ListTasks")).toBe(1);
});

test("ThrottlingException is reported, by a client that takes no tokens as well", async () => {
  clients = await startWithClients({ instances: 1 });
  const { budget, taken, throttled } = countingBudget();
  budgetCalls(clients.ecs, { budget, account }, { takes: false });
  clients.simulator.setFaults({ throttleRatio: 1 });
  await expect(createEcsReader(clients.ecs).listClusters()).rejects.toThrow(/Rate exceeded/);
  expect({ taken, throttled }).toEqual({ taken: [], throttled: ["clusterReads"] });
});
