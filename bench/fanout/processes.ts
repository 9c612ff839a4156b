// Starts the servers that the fan-out benchmarks measure, and the process of their subscribers.
import { fork, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { freePort } from "../../src/redis-server/start.ts";
import { until } from "../../src/testing/longshore.ts";
import type { Counted, OpenRequest, ReadersRequest } from "./messages.ts";

const script = (name: string) => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface Server {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/** `longshore serve api`, as users run it. */
export async function startApiProcess(redisUrl: string): Promise<Server> {
  const port = await freePort();
  const child = spawn(process.execPath, [main, "serve", "api"], {
    env: {
      ...process.env,
      REDIS_URL: redisUrl,
      LONGSHORE_PORT: String(port),
      LONGSHORE_LOG_LEVEL: "warn",
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  await until("a ready API", async () => {
    // Whatever else /readyz asks for, the views are loaded and Redis answers.
    const response = await fetch(`http://127.0.0.1:${port}/graphql?query={__typename}`);
    return response.ok ? true : undefined;
  });
  return { pid: child.pid ?? 0, port, stop: () => end(child) };
}

export async function startPeer(mode: string, redisUrl: string): Promise<Server> {
  const child = fork(script("peer"), [mode, redisUrl]);
  const [port]: number[] = await once(child, "message");
  return { pid: child.pid ?? 0, port: port ?? 0, stop: () => end(child) };
}

/** Memory that a process has in RAM, bytes. */
export function residentBytes(pid: number): number {
  const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(found) * 1024;
}

export interface Readers {
  /** Resolves once all are live. */
  open(request: OpenRequest): Promise<void>;
  reset(): Promise<void>;
  wake(): Promise<void>;
  count(): Promise<Counted>;
  stop(): Promise<void>;
}

export async function startReaders(): Promise<Readers> {
  const child = fork(script("readers"), { serialization: "advanced" });
  await once(child, "message");
  const gone = new AbortController();
  child.once("exit", () => gone.abort());
  async function ask(request: ReadersRequest): Promise<Counted> {
    child.send(request);
    const [answer]: Counted[] = await once(child, "message", { signal: gone.signal });
    if (!answer) throw new Error(`no answer to ${request.type}`);
    return answer;
  }
  return {
    open: async (request) => void (await ask({ type: "open", ...request })),
    reset: async () => void (await ask({ type: "reset" })),
    wake: async () => void (await ask({ type: "wake" })),
    count: () => ask({ type: "count" }),
    stop: () => end(child),
  };
}
