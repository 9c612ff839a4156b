// `longshore serve ROLES` as a process of its own, for tests of ours and of others. Waits for nothing.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { processEnvironment } from "../config.ts";

// Sources have types (.ts); the package's lib/ has none (.js). Both lie equally deep.
const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
const main = fileURLToPath(new URL(`../cli/main${extension}`, import.meta.url));

export interface RoleProcess {
  readonly process: ChildProcess;
  /** Everything that it wrote. */
  output(): string;
  /** Resolves with its exit code when it is gone; null when a signal ended it. */
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

/** Settings are its environment variables, on top of this process's own. */
export function startRole(
  roles: readonly string[],
  settings: Readonly<Record<string, string>>,
): RoleProcess {
  const child = spawn(process.execPath, [main, "serve", ...roles], {
    env: { ...processEnvironment, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let written = "";
  child.stdout.on("data", (chunk: Buffer) => (written += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (written += chunk.toString()));
  return {
    process: child,
    output: () => written,
    kill: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exit = once(child, "exit");
      child.kill(signal);
      const [code] = await exit;
      return typeof code === "number" ? code : null;
    },
  };
}

/** What a role needs to find its Redis, and the simulator in the place of AWS. */
export function roleSettings(places: {
  readonly redisUrl: string;
  readonly simulatorUrl: string;
  readonly port: number;
}): Readonly<Record<string, string>> {
  return {
    REDIS_URL: places.redisUrl,
    LONGSHORE_PORT: String(places.port),
    LONGSHORE_LOG_LEVEL: "info",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL: places.simulatorUrl,
  };
}
