// The queue against the simulator over HTTP: the short way and the SDK's way do the same, and calls are signed for what
// is sent.
import { createHash, createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { startSimulator } from "../simulator/server.ts";
import type { Simulator } from "../simulator/server.ts";
import { breakableNetwork } from "../testing/broken-network.ts";
import type { BrokenNetwork } from "../testing/broken-network.ts";
import type { Queue } from "./queue.ts";
import { createSignedCalls } from "./signed-calls.ts";
import { openSqsQueue } from "./sqs-queue.ts";

let simulator: Simulator;
let network: BrokenNetwork;
let queue: Queue;
const forever = new AbortController().signal;
const secret = "not-a-secret";

beforeAll(async () => {
  simulator = await startSimulator({ clusters: 0 });
  network = await breakableNetwork(simulator.url);
  for (const [name, value] of Object.entries({
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_ENDPOINT_URL_SQS: network.url,
  }))
    vi.stubEnv(name, value);
  queue = openSqsQueue({ queue: "longshore", clock: systemClock });
});
afterEach(() => network.become("fine"));
afterAll(async () => {
  queue.close();
  await network.close();
  await simulator.close();
  vi.unstubAllEnvs();
});

const shortWayRefused = {
  status: 500,
  type: "com.amazonaws.sqs#InternalError",
  message: "not by this way",
  unless: "amz-sdk-invocation-id",
};

describe.each(["the short way", "the SDK"])("by %s", (way) => {
  const choose = () => {
    if (way === "the SDK") network.become(shortWayRefused);
  };

  it("receives what was sent, with its time and count, and deletes it", async () => {
    choose();
    const bodies = Array.from({ length: 12 }, (_, at) => `message ${at} “≠”`);
    const from = Date.now();
    for (const body of bodies) simulator.sendRaw(body);
    const first = await queue.receive(1, forever);
    const second = await queue.receive(1, forever);
    expect([...first, ...second].map(({ body }) => body).toSorted()).toEqual(bodies.toSorted());
    for (const { sentAt = 0, receiveCount, messageId } of first) {
      expect(sentAt).toBeGreaterThanOrEqual(from);
      expect(sentAt).toBeLessThan(from + 60_000);
      expect(receiveCount).toBe(1);
      expect(messageId).not.toBe("");
    }
    expect(await queue.depth()).toEqual({ visible: 0, inFlight: 12, delayed: 0 });
    const bad = {
      messageId: "x",
      receiptHandle: "no handle",
      body: "",
      sentAt: 0,
      receiveCount: 1,
    };
    expect(await queue.delete([...first.slice(0, 9), bad])).toEqual([bad]);
    expect(await queue.delete([...first.slice(9), ...second])).toEqual([]);
    expect(await queue.depth()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it("takes one request where the short way works, and another where it does not", async () => {
    await queue.depth();
    network.become("fine");
    choose();
    expect(await queue.receive(0, forever)).toEqual([]);
    expect(network.requests()).toBe(way === "the SDK" ? 2 : 1);
  });

  it("answers nothing after the time to wait, and ends at once when told to", async () => {
    choose();
    expect(await queue.receive(1, forever)).toEqual([]);
    const stop = new AbortController();
    const receiving = queue.receive(20, stop.signal);
    await vi.waitFor(() => expect(network.requests()).toBeGreaterThan(0));
    stop.abort();
    await expect(receiving).rejects.toThrow(/abort/i);
    // A receive that was given up swallows nothing.
    simulator.sendRaw("still here");
    const found = await queue.receive(5, forever);
    expect(found.map(({ body }) => body)).toEqual(["still here"]);
    await queue.delete(found);
  });

  it("makes messages visible when it is told to", async () => {
    choose();
    simulator.sendRaw("again");
    const once = await queue.receive(1, forever);
    await queue.changeVisibility(once, 0);
    const twice = await queue.receive(1, forever);
    expect(twice.map(({ body, receiveCount }) => [body, receiveCount])).toEqual([["again", 2]]);
    await queue.delete(twice);
  });
});

describe("what is wrong", () => {
  it("is told as the SDK tells it", async () => {
    network.become({
      status: 403,
      type: "com.amazonaws.sqs#ExpiredTokenException",
      message: "old",
    });
    await expect(queue.receive(1, forever)).rejects.toMatchObject({
      name: "ExpiredTokenException",
    });
    await expect(queue.delete(await queueOfOne())).rejects.toMatchObject({
      name: "ExpiredTokenException",
    });
  });

  it("finds a queue again that was deleted and made anew", async () => {
    const sqs = new SQSClient({ endpoint: simulator.url });
    await sqs.send(new DeleteQueueCommand({ QueueUrl: simulator.queueUrl }));
    await expect(queue.receive(1, forever)).rejects.toMatchObject({ name: "QueueDoesNotExist" });
    await expect(queue.receive(1, forever)).rejects.toMatchObject({ name: "QueueDoesNotExist" });
    await sqs.send(new CreateQueueCommand({ QueueName: "longshore" }));
    expect(await queue.receive(1, forever)).toEqual([]);
    sqs.destroy();
  });
});

const queueOfOne = async () => [
  { messageId: "m", receiptHandle: "h", body: "", sentAt: 0, receiveCount: 1 },
];

const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) =>
  createHmac("sha256", key).update(text).digest();

/** The signature that AWS expects of a request as it arrived (Signature Version 4). */
function expectedSignature({ headers, method, url }: IncomingMessage, body: string): string {
  const { authorization = "", "x-amz-date": at = "" } = headers;
  const [, day = "", names = ""] =
    /Credential=[^/]+\/(\d+)\/us-east-1\/sqs\/aws4_request, SignedHeaders=([^,]+),/.exec(
      authorization,
    ) ?? [];
  const signed = names.split(";").map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = [method, url, "", signed.join(""), names, hash(body)].join("\n");
  const scope = `${day}/us-east-1/sqs/aws4_request`;
  const key = [day, "us-east-1", "sqs", "aws4_request"].reduce<string | Buffer>(
    hmac,
    `AWS4${secret}`,
  );
  return hmac(key, ["AWS4-HMAC-SHA256", String(at), scope, hash(canonical)].join("\n")).toString(
    "hex",
  );
}

describe.each(["the short way", "the SDK"])("where %s calls", (way) => {
  it.each([
    ["the endpoint that a profile sets", true],
    ["the host of the queue's URL when none is set", false],
  ])("%s", async (_, isSet) => {
    const folder = mkdtempSync(join(tmpdir(), "longshore-aws-"));
    const file = join(folder, "config");
    const endpoint = isSet ? `endpoint_url = ${network.url}\n` : "";
    writeFileSync(file, `[profile harbour]\nregion = us-east-1\n${endpoint}`);
    vi.stubEnv("AWS_ENDPOINT_URL_SQS", undefined);
    vi.stubEnv("AWS_CONFIG_FILE", file);
    vi.stubEnv("AWS_PROFILE", "harbour");
    network.become(way === "the SDK" ? shortWayRefused : "fine");
    const elsewhere = openSqsQueue({
      queue: `${isSet ? "http://127.0.0.1:1" : network.url}/111122223333/longshore`,
      clock: systemClock,
      credentials: { accessKeyId: "test", secretAccessKey: secret },
    });
    try {
      await elsewhere.receive(0, forever).catch(() => undefined);
      expect(network.requests()).toBe(way === "the SDK" ? 2 : 1);
    } finally {
      elsewhere.close();
      vi.stubEnv("AWS_ENDPOINT_URL_SQS", network.url);
      for (const name of ["AWS_CONFIG_FILE", "AWS_PROFILE"]) vi.stubEnv(name, undefined);
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the short way", () => {
  it("signs what it sends, and goes to the host of the queue's URL when no other is set", async () => {
    const seen: { signature: string | undefined; expected: string; body: string }[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const signature = /Signature=(\w+)/.exec(request.headers.authorization ?? "")?.[1];
        seen.push({ signature, expected: expectedSignature(request, body), body });
        response.end("{}");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const client = new SQSClient({});
    const calls = createSignedCalls({
      client,
      endpoint: () => Promise.resolve(undefined),
      clock: systemClock,
    });
    const queueUrl = `http://127.0.0.1:${port}/111122223333/some`;
    const input = { QueueUrl: queueUrl, MaxNumberOfMessages: 10, Text: "“≠”" };
    expect(await calls.call("ReceiveMessage", queueUrl, input)).toEqual({});
    expect(seen).toHaveLength(1);
    expect(JSON.parse(seen[0]?.body ?? "")).toEqual(input);
    expect(seen[0]?.signature).toBe(seen[0]?.expected);
    calls.close();
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
});
