// A replica of the API as a process of its own, which tests kill and start again at the same address.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { processEnvironment } from "../config.ts";
import { freePort } from "../redis-server/start.ts";
import { until } from "./longshore.ts";

const main = fileURLToPath(new URL("../cli/main.ts", import.meta.url));

export interface Replica {
  readonly url: string;
  /** Resolves when it answers from its views. */
  start(): Promise<void>;
  /** With SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** One on this Redis; not started yet. */
export async function createReplica(redisUrl: string): Promise<Replica> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  let child: ChildProcess | undefined;
  return {
    url,
    start: async () => {
      child = spawn(process.execPath, [main, "serve", "api"], {
        env: {
          ...processEnvironment,
          REDIS_URL: redisUrl,
          LONGSHORE_PORT: String(port),
          LONGSHORE_LOG_LEVEL: "error",
        },
        stdio: "ignore",
      });
      await until("an API with its views", async () => {
        const response = await fetch(`${url}graphql?query={__typename}`);
        return response.ok ? true : undefined;
      });
    },
    kill: async () => {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    },
  };
}
