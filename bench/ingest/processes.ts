// Starts, halts and weighs the processes of the ingest benchmark.
import { fork, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FloorReport, QueueAnswer, QueueRequest } from "./load.ts";

const script = (name: string) => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
/** Clock ticks a second in /proc: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Milliseconds of CPU that a process has used so far. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

export interface QueueProcess {
  readonly url: string;
  readonly queueUrl: string;
  ask(request: QueueRequest): Promise<QueueAnswer>;
  stop(): Promise<void>;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

export async function startQueue(): Promise<QueueProcess> {
  const child = fork(script("queue"), { serialization: "advanced" });
  const gone = new AbortController();
  child.once("exit", () => gone.abort());
  const [ready]: QueueAnswer[] = await once(child, "message");
  const { url = "", queueUrl = "" } = ready ?? {};
  return {
    url,
    queueUrl,
    ask: async (request) => {
      child.send(request);
      const [reply]: QueueAnswer[] = await once(child, "message", { signal: gone.signal });
      return reply ?? {};
    },
    stop: () => end(child),
  };
}

/** A process that empties the queue: the floor, or an ingest worker. */
export interface Drainer {
  readonly pid: number;
  /** Keeps it from running while the queue is filled. */
  halt(): void;
  go(): void;
  /** When the floor received what; a worker does not tell. */
  report(): Promise<FloorReport>;
  output(): string;
  stop(): Promise<void>;
}

function drainer(child: ChildProcess, output: () => string): Drainer {
  return {
    pid: child.pid ?? 0,
    halt: () => void child.kill("SIGSTOP"),
    go: () => void child.kill("SIGCONT"),
    report: async () => {
      child.send("report");
      const [report]: FloorReport[] = await once(child, "message");
      return report ?? { received: [] };
    },
    output,
    stop: () => end(child),
  };
}

const environment = (url: string) => ({
  ...process.env,
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
  AWS_ENDPOINT_URL: url,
});

export async function startFloor(
  queue: QueueProcess,
  pollers: number,
  mode = "count",
): Promise<Drainer> {
  const child = fork(script("floor"), [queue.queueUrl, String(pollers), mode], {
    env: environment(queue.url),
    serialization: "advanced",
  });
  await once(child, "message");
  return drainer(child, () => "");
}

/** Resolves once the worker has compared every cluster with ECS: from then on it only has the queue to do. */
export async function startWorker(
  queue: QueueProcess,
  redisUrl: string,
  clusters: number,
): Promise<Drainer> {
  const child = spawn(process.execPath, [main, "serve", "ingest"], {
    env: {
      ...environment(queue.url),
      REDIS_URL: redisUrl,
      LONGSHORE_LOG_LEVEL: "info",
      LONGSHORE_RECONCILE_SECONDS: "3600",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let written = "";
  child.stdout.on("data", (chunk: Buffer) => (written += chunk.toString()));
  const deadline = performance.now() + 30_000;
  // A second worker finds the clusters compared already, and says nothing.
  while (
    !written.includes("ingest is running") ||
    (clusters > 0 && written.split('"reconciled"').length <= clusters)
  ) {
    if (performance.now() > deadline || child.exitCode !== null)
      throw new Error(`the worker does not start: ${written}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return drainer(child, () => written);
}
