// The command `longshore simulate`: starts a simulator, says how to point AWS clients at it, and runs until it is told to stop.
import { startSimulator } from "./server.ts";
import type { Simulator } from "./server.ts";

export interface SimulateOptions {
  readonly clusters?: number;
  readonly instances?: number;
  readonly tasks?: number;
  readonly seed?: number | string;
  /** Service tasks that die and are replaced, a second. */
  readonly churn?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 4001. */
  readonly port?: number;
  /** The named demo fleet instead of the sizes; the default when no size is given. */
  readonly demo?: boolean;
  readonly region?: string;
}

/** Enough to see life, slow enough to follow with the eye. */
const demoChurn = 0.3;

const pad = (name: string) => `  export ${name}`;

/** What a person types to point AWS clients at the simulator. */
export function environmentLines({ url, world }: Pick<Simulator, "url" | "world">): string[] {
  return [
    ...["ECS", "SQS", "EC2", "STS"].map((service) => pad(`AWS_ENDPOINT_URL_${service}=${url}`)),
    pad(`AWS_REGION=${world.scope.region}`),
    pad("AWS_ACCESS_KEY_ID=simulated AWS_SECRET_ACCESS_KEY=simulated"),
  ];
}

/** Runs a simulator until `signal` aborts. `print` gets one line at a time. */
export async function simulateCommand(
  options: SimulateOptions,
  signal: AbortSignal,
  print: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
): Promise<void> {
  const sized = [options.clusters, options.instances, options.tasks].some(
    (size) => size !== undefined,
  );
  const demo = options.demo ?? !sized;
  const simulator = await startSimulator({
    ...options,
    demo,
    churn: options.churn ?? (demo ? demoChurn : 0),
    port: options.port ?? 4001,
  });
  const { clusters } = simulator.world;
  const all = [...clusters.values()];
  const instances = all.reduce((sum, cluster) => sum + cluster.instances.size, 0);
  const tasks = all.reduce((sum, cluster) => sum + cluster.tasks.size, 0);
  print(`Simulated ECS, SQS, EC2 and STS on ${simulator.url} (seed ${options.seed ?? 1})`);
  print(`${clusters.size} clusters, ${instances} container instances, ${tasks} running tasks`);
  print(`Events go to ${simulator.queueUrl}`);
  print(`Controls: ${simulator.url}/_simulator`);
  print("");
  for (const line of environmentLines(simulator)) print(line);
  if (!signal.aborted)
    await new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => resolve(), { once: true }),
    );
  await simulator.close();
}
