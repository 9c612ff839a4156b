// Real AWS SDK clients against a simulator of their own, on a free port. Only for tests of the simulator.
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECSClient } from "@aws-sdk/client-ecs";
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";
import { startSimulator } from "./server.ts";
import type { Simulator, SimulatorOptions } from "./server.ts";

export interface TestClients {
  readonly simulator: Simulator;
  /** Tries every call once. */
  readonly ecs: ECSClient;
  readonly sqs: SQSClient;
  readonly ec2: EC2Client;
  readonly sts: STSClient;
  /** One of the simulator's own controls: GET without a body, POST with one. */
  control(path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  /** A raw call of ECS or SQS, as the wire has it. */
  wire(
    target: string,
    body: string,
  ): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }>;
  close(): Promise<void>;
}

/** Lifecycles are twenty times as fast as the demo's, unless the options say otherwise. */
export async function startWithClients(options: SimulatorOptions = {}): Promise<TestClients> {
  const simulator = await startSimulator({ timings: { timeScale: 0.05 }, ...options });
  const configuration = {
    endpoint: simulator.url,
    region: simulator.world.scope.region,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  };
  const ecs = new ECSClient(configuration);
  const sqs = new SQSClient(configuration);
  const ec2 = new EC2Client(configuration);
  const sts = new STSClient(configuration);
  const fetchJson = async (path: string, init: RequestInit) => {
    const response = await fetch(`${simulator.url}${path}`, init);
    const body: Record<string, unknown> = JSON.parse(await response.text());
    return { status: response.status, headers: response.headers, body };
  };
  return {
    simulator,
    ecs,
    sqs,
    ec2,
    sts,
    control: (path, body) =>
      fetchJson(
        `/_simulator${path}`,
        body === undefined ? {} : { method: "POST", body: JSON.stringify(body) },
      ),
    wire: (target, body) =>
      fetchJson("/", {
        method: "POST",
        headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": target },
        body,
      }),
    close: async () => {
      for (const client of [ecs, sqs, ec2, sts]) client.destroy();
      await simulator.close();
    },
  };
}

/** Asks again until the answer is there; throws after five seconds. */
export async function until<Value>(ask: () => Promise<Value | undefined | false>): Promise<Value> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const value = await ask();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`Not within five seconds: ${ask.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
