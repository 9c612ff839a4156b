// Every example of the API guide and the README is run: each GraphQL block and each curl against a running Longshore,
// and its answer has no errors.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse, OperationTypeNode, Kind } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLongshore, until } from "../src/testing/longshore.ts";
import type { Longshore } from "../src/testing/longshore.ts";

const files = ["docs/api.md", "README.md"];
const read = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), "utf8");
const blocks = (language: string) =>
  files.flatMap((name) =>
    [...read(name).matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(
      ([, code = ""]) => [name, code.trim()] as const,
    ),
  );

const isSubscription = (code: string) =>
  parse(code).definitions.some(
    (each) =>
      each.kind === Kind.OPERATION_DEFINITION && each.operation === OperationTypeNode.SUBSCRIPTION,
  );

const examples = blocks("graphql");
/** Commands against the API alone; those against the simulator or with npm are a person's. */
const commands = blocks("sh").filter(
  ([, code]) => code.startsWith("curl") && code.includes(":4000/") && !code.includes("npm"),
);

let longshore: Longshore;

beforeAll(async () => {
  longshore = await startLongshore({ demo: true, timings: { timeScale: 0.1 } });
  longshore.serve("ingest", "api");
  await longshore.ready();
  await until("the fleet with its endpoints", async () => {
    const answer = await longshore.graphql(
      `{ containerInstances { totalCount } endpoints(filter: { family: "ledger" }) { totalCount } }`,
    );
    const whole = answer.count("containerInstances", "totalCount") === 42;
    return whole && answer.count("endpoints", "totalCount") > 0 ? true : undefined;
  });
}, 60_000);

afterAll(async () => {
  await longshore?.close();
});

describe("GraphQL", () => {
  test.each(examples.filter(([, code]) => !isSubscription(code)))("%s: %s", async (_, code) => {
    await longshore.graphql(code);
  });

  test.each(examples.filter(([, code]) => isSubscription(code)))("%s: %s", async (_, code) => {
    const subscription = longshore.subscribe(code);
    if (code.includes("snapshot: true"))
      await until("SYNCED", () =>
        subscription.payloads.some((each) => JSON.stringify(each.value).includes("SYNCED")) ||
        subscription.ended() !== undefined
          ? true
          : undefined,
      );
    // Without a snapshot nothing need come; a refusal would, before the answer to this.
    else await longshore.graphql("{ clusters { totalCount } }");
    expect(subscription.ended()).toBeUndefined();
    subscription.close();
  });
});

test.each(commands)("%s: %s", async (_, code) => {
  const here = code
    .replaceAll("http://127.0.0.1:4000/", longshore.url)
    .replaceAll("curl ", "curl -sS --fail-with-body ");
  const { stdout } = await promisify(execFile)("bash", ["-o", "pipefail", "-c", here]);
  expect(stdout.trim().split("\n").length).toBeGreaterThan(0);
  expect(stdout).toMatch(/"targets"|"data"|\d+:\d+/);
  expect(stdout).not.toContain('"errors"');
});

test("there are examples of each sort", () => {
  expect(examples.length).toBeGreaterThan(8);
  expect(commands.length).toBeGreaterThan(3);
});
