// Two accounts in two regions behind one Longshore: a role is assumed for the other one, its clusters are compared and
// scheduled there, and each account and region has a budget of its own. Real processes, two simulators.
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSimulator } from "../src/simulator/server.ts";
import type { Simulator } from "../src/simulator/server.ts";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Longshore } from "../src/testing/longshore.ts";

const theirs = { account: "444455556666", region: "eu-west-1" };
const cluster = `arn:aws:ecs:${theirs.region}:${theirs.account}:cluster/harbor`;

let longshore: Longshore;
let other: Simulator;
let front: Server;
const assumed: URLSearchParams[] = [];

/** AWS in front of both: whose access key signs a request decides which account answers it. */
async function startFront(home: string): Promise<string> {
  front = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const form = new URLSearchParams(body.toString());
      if (form.get("Action") === "AssumeRole") assumed.push(form);
      const own = /Credential=test\//.test(incoming.headers.authorization ?? "");
      const target = new URL(incoming.url ?? "/", own ? home : other.url);
      const { method, headers } = incoming;
      const onward = request(target, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on("error", () => response.destroy());
      onward.end(body);
    });
  });
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  const address = front.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

beforeAll(async () => {
  other = await startSimulator({ ...theirs, instances: 2, tasks: 2, timings: { timeScale: 0.05 } });
  longshore = await startLongshore({ instances: 1, tasks: 1 });
  const url = await startFront(longshore.simulator.url);
  // EventBridge forwards what happens there to the one queue.
  other.listen((body) => longshore.simulator.sendRaw(body));
  const accounts = [
    {
      account: theirs.account,
      roleArn: `arn:aws:iam::${theirs.account}:role/longshore`,
      externalId: "pier-7",
      regions: [theirs.region],
    },
  ];
  longshore.serveWith({
    AWS_ENDPOINT_URL: url,
    AWS_ENDPOINT_URL_SQS: longshore.simulator.url,
    LONGSHORE_ACCOUNTS: JSON.stringify(accounts),
  });
  await longshore.ready();
}, 90_000);
afterAll(async () => {
  await longshore.close();
  await other.close();
  front.closeAllConnections();
  front.close();
});

test("clusters of both are compared, and their machines' addresses known", async () => {
  const seen = await until("both clusters", async () => {
    const answer = await longshore.graphql(
      `{ clusters { nodes { arn account region freshness { lastReconciledAt problem }
           containerInstances { nodes { privateIpAddress } } } } }`,
    );
    const nodes = answer.list("clusters", "nodes");
    const addresses = nodes.flatMap((node) =>
      node.list("containerInstances", "nodes").map((each) => each.at("privateIpAddress").value),
    );
    return nodes.length === 2 && addresses.length === 3 && !addresses.includes(null)
      ? nodes
      : undefined;
  });
  const named = seen.map((node) => `${node.text("account")} ${node.text("region")}`).sort();
  expect(named).toEqual(["111122223333 us-east-1", "444455556666 eu-west-1"]);
  for (const node of seen) expect(node.at("freshness", "problem").value).toBeNull();
  expect(assumed.map((form) => form.get("ExternalId"))).toContain("pier-7");
});

test("a daemon of the other account starts there, within that account's budget", async () => {
  await longshore.graphql(
    `mutation { registerDaemon(input: { cluster: "${cluster}", name: "d", taskDefinition: "node-exporter:1" }) { daemon { name } } }`,
  );
  await until("its tasks", async () => {
    const answer = await longshore.graphql(
      `{ daemon(cluster: "${cluster}", name: "d") { status { running desired } } }`,
    );
    return answer.count("daemon", "status", "running") === 2 || undefined;
  });
  expect(other.calls.count("ECS.StartTask")).toBe(1);
  expect(longshore.simulator.calls.count("ECS.StartTask")).toBe(0);
  const metrics = await (await fetch(`${longshore.url}metrics`)).text();
  const buckets =
    /longshore_ecs_budget_calls_total\{account="444455556666",region="eu-west-1",class="resourceWrites"\} 1\b/;
  expect(metrics).toMatch(buckets);
  expect(metrics).toMatch(/calls_total\{account="111122223333",region="us-east-1"/);
});
