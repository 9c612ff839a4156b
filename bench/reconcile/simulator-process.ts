// The simulator as a process of its own for benchmarks, so that what is measured is measured alone.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { freePort } from "../../src/redis-server/start.ts";
import { until } from "../../src/testing/longshore.ts";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** A hundred thousand tasks take their time. */
const startMsMax = 90_000;

export interface SimulatorProcess {
  readonly url: string;
  /** Multiplies ECS's own request rates; 0 for none. */
  throttle(scale: number): Promise<void>;
  resetCalls(): Promise<void>;
  /** Calls of ECS since the last reset, and how many of them were refused as too many. */
  calls(): Promise<{ calls: number; throttled: number }>;
  stop(): Promise<void>;
}

export async function startSimulatorProcess(size: {
  readonly instances: number;
  readonly tasks: number;
}): Promise<SimulatorProcess> {
  const port = await freePort();
  const sizes = ["--clusters", "1", "--instances", `${size.instances}`, "--tasks", `${size.tasks}`];
  const child = spawn(process.execPath, [main, "simulate", ...sizes, "--port", `${port}`], {
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${port}`;
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${url}/_simulator/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  };
  await until(
    "a simulator",
    async () => ((await fetch(`${url}/_simulator`)).ok ? true : undefined),
    startMsMax,
  );
  return {
    url,
    throttle: (scale) => post("throttle", { scale }),
    resetCalls: () => post("calls/reset", {}),
    calls: async () => {
      const answer: { calls: Record<string, { calls: number; outcomes: { throttled?: number } }> } =
        JSON.parse(await (await fetch(`${url}/_simulator/calls`)).text());
      const ofEcs = Object.entries(answer.calls).filter(([name]) => name.startsWith("ECS."));
      return {
        calls: ofEcs.reduce((sum, [, { calls }]) => sum + calls, 0),
        throttled: ofEcs.reduce((sum, [, { outcomes }]) => sum + (outcomes.throttled ?? 0), 0),
      };
    },
    stop: async () => {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    },
  };
}
