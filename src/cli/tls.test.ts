// The command line against an API with TLS, as processes: the flags, the printed address, and a CA of one's own. No
// token shows in anything that is written.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { processEnvironment } from "../config.ts";
import { freePort } from "../redis-server/start.ts";
import { until } from "../testing/longshore.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const pem = (name: string) => fileURLToPath(new URL(`../testing/tls/${name}.pem`, import.meta.url));
const tokens = { read: "tls-reader-a1b2c3", admin: "tls-admin-d4e5f6" };

let redis: TestRedis;
let port: number;

function run(args: readonly string[], environment: Record<string, string>) {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      ...processEnvironment,
      REDIS_URL: redis.url,
      LONGSHORE_PORT: String(port),
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let written = "";
  child.stdout.on("data", (chunk: Buffer) => (written += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (written += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { child, exited, output: () => written };
}

beforeAll(async () => {
  redis = await testRedis();
  port = await freePort();
});

afterAll(async () => {
  await redis?.stop();
});

describe("an API with TLS", () => {
  test("prints https, answers those who trust its CA, and tells others what to do", async () => {
    const api = run(
      ["serve", "api", "--tls-cert", pem("first.cert"), "--tls-key", pem("first.key")],
      {
        LONGSHORE_READ_TOKENS: tokens.read,
        LONGSHORE_ADMIN_TOKENS: tokens.admin,
        LONGSHORE_LOG_LEVEL: "trace",
      },
    );
    await until("the address", () =>
      api.output().includes(`https://127.0.0.1:${port}/`) ? true : undefined,
    );
    const client = { LONGSHORE_URL: `https://127.0.0.1:${port}`, LONGSHORE_TOKEN: tokens.read };

    const trusting = run(["get", "clusters", "--json"], {
      ...client,
      NODE_EXTRA_CA_CERTS: pem("first.cert"),
    });
    expect(await trusting.exited).toBe(0);
    const doubting = run(["get", "clusters"], client);
    expect(await doubting.exited).not.toBe(0);
    expect(doubting.output()).toContain("set NODE_EXTRA_CA_CERTS");
    const guessing = run(["get", "clusters"], {
      ...client,
      LONGSHORE_TOKEN: "tls-guess-778899",
      NODE_EXTRA_CA_CERTS: pem("first.cert"),
    });
    expect(await guessing.exited).not.toBe(0);

    api.child.kill("SIGTERM");
    expect(await api.exited).toBe(0);
    for (const { output } of [api, trusting, doubting, guessing])
      expect(output()).not.toMatch(/tls-(reader|admin|guess)-/);
  });

  test("without its key, or beyond loopback without a token, does not start and says why", async () => {
    const halved = run(["serve", "api"], { LONGSHORE_TLS_CERT: pem("first.cert") });
    expect(await halved.exited).toBe(1);
    expect(halved.output()).toContain("LONGSHORE_TLS_KEY");
    const open = run(["serve", "api"], { LONGSHORE_HOST: "0.0.0.0" });
    expect(await open.exited).toBe(1);
    expect(open.output()).toContain("LONGSHORE_JWKS_URL");
  });
});

test("metrics beyond loopback want a token, or somebody who allows it", async () => {
  // An address of this machine, but not one that is known as such: nobody else reaches it.
  const beyond = { LONGSHORE_HOST: "127.1", LONGSHORE_METRICS_PORT: String(await freePort()) };
  const refused = run(["serve", "ingest", "scheduler"], beyond);
  expect(await refused.exited).toBe(1);
  expect(refused.output()).toMatch(
    /LONGSHORE_METRICS_PORT is \d+ on 127\.1,.*LONGSHORE_READ_TOKENS.*LONGSHORE_METRICS_WITHOUT_TOKEN=true/,
  );
  const metrics = async (allowed: Record<string, string>) => {
    const role = run(["serve", "scheduler"], { ...beyond, ...allowed, AWS_REGION: "us-east-1" });
    const url = `http://127.0.0.1:${beyond.LONGSHORE_METRICS_PORT}/metrics`;
    const { status } = await until("an answer", () => fetch(url));
    role.child.kill("SIGTERM");
    expect(await role.exited).toBe(0);
    return status;
  };
  expect(await metrics({ LONGSHORE_READ_TOKENS: tokens.read })).toBe(401);
  expect(await metrics({ LONGSHORE_METRICS_WITHOUT_TOKEN: "true" })).toBe(200);
}, 60_000);
