// A cluster with daemons for stories: real processes against a simulated fleet, what GraphQL says of a daemon, and
// what really happened to its tasks.
import { ECSClient, RegisterTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import type { Simulator, SimulatorOptions } from "../simulator/server.ts";
import { behaviourLabels } from "../simulator/task-definition.ts";
import type { ContainerInstance } from "../simulator/world.ts";
import { watchDaemons } from "./daemon-watch.ts";
import type { DaemonWatch } from "./daemon-watch.ts";
import { startLongshore, until } from "./longshore.ts";
import type { Answer, Longshore } from "./longshore.ts";

export interface DaemonStory extends Longshore {
  readonly cluster: string;
  readonly ecs: ECSClient;
  readonly watch: DaemonWatch;
  /** Instances that the simulated ECS has, INACTIVE ones left out, in order of registration. */
  instances(): ContainerInstance[];
  /** Registers a task definition of one container that ends by itself after `exitAfterMs`; resolves with `family:revision`. */
  define(family: string, behaviour: Behaviour): Promise<string>;
  register(name: string, input?: Record<string, unknown>): Promise<Answer>;
  /** Runs a mutation with `{ cluster, name, ...input }`; the answer's daemon and plan are at `payload`. */
  change(mutation: string, name: string, input?: Record<string, unknown>): Promise<Answer>;
  status(name: string): Promise<Answer>;
  /** Waits until a daemon is ACTIVE with so many running tasks, all of the current revision. */
  settled(name: string, running: number, timeoutMs?: number): Promise<void>;
  placements(name: string): Promise<Answer[]>;
  events(name: string): Promise<Answer[]>;
}

export interface Behaviour {
  /** Runs until it is stopped, when left out. */
  readonly exitAfterMs?: number;
  readonly exitCode?: number;
  /** It never starts, for this reason. */
  readonly startFailure?: string;
}

const inputTypes: Readonly<Record<string, string>> = {
  registerDaemon: "RegisterDaemonInput",
  updateDaemon: "UpdateDaemonInput",
  rollbackDaemon: "RollbackDaemonInput",
  rerunDaemon: "RerunDaemonInput",
  deregisterDaemon: "DeregisterDaemonInput",
};

/** `roles`: one process for each of them, such as `["ingest", "api"]`; `prepare` sees the simulator before they start. */
export async function startDaemonStory(
  simulated: SimulatorOptions,
  roles: readonly (readonly string[])[],
  settings: Record<string, string> = {},
  prepare?: (simulator: Simulator) => void,
): Promise<DaemonStory> {
  const longshore = await startLongshore(
    { clusters: 1, timings: { timeScale: 0.1 }, ...simulated },
    { LONGSHORE_RECONCILE_SECONDS: "3600", ...settings },
  );
  prepare?.(longshore.simulator);
  for (const process of roles) longshore.serve(...process);
  const ecs = new ECSClient({
    region: "us-east-1",
    endpoint: longshore.simulator.url,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  // A fleet that was prepared may be large, and is read at the rate of ECS's reads before the API is ready.
  await longshore.ready(prepare && 150_000);
  const cluster = await until(
    "the fleet",
    async () => {
      const answer = await longshore.graphql(
        "{ clusters { nodes { name instanceCounts { total } } } }",
      );
      const [first] = answer.list("clusters", "nodes");
      return first?.count("instanceCounts", "total") === (simulated.instances ?? 0)
        ? first.text("name")
        : undefined;
    },
    60_000,
  );
  const ask = async (name: string, fields: string): Promise<Answer> => {
    const answer = await longshore.graphql(
      `query ($cluster: String!, $name: String!) { daemon(cluster: $cluster, name: $name) { ${fields} } }`,
      { cluster, name },
    );
    return answer.at("daemon");
  };
  const change = (mutation: string, name: string, input: Record<string, unknown> = {}) =>
    longshore.graphql(
      `mutation ($input: ${inputTypes[mutation] ?? "DaemonInput"}!) { payload: ${mutation}(input: $input) { daemon { name revision } plan { start stop keep skip { reason } } } }`,
      { input: { cluster, name, ...input } },
    );
  const watch = watchDaemons(longshore.simulator);
  const story: DaemonStory = {
    ...longshore,
    cluster,
    ecs,
    watch,
    instances: () =>
      [...(longshore.simulator.world.clusters.get(cluster)?.instances.values() ?? [])].filter(
        ({ status }) => status !== "INACTIVE",
      ),
    define: async (family, { exitAfterMs, exitCode, startFailure }) => {
      const labels = {
        [behaviourLabels.exitAfterMs]: exitAfterMs,
        [behaviourLabels.exitCode]: exitCode,
        [behaviourLabels.startFailure]: startFailure,
      };
      const given = Object.entries(labels).filter(([, value]) => value !== undefined);
      const dockerLabels = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
      const container = { name: family, image: family, cpu: 16, memory: 32, dockerLabels };
      const { taskDefinition } = await ecs.send(
        new RegisterTaskDefinitionCommand({ family, containerDefinitions: [container] }),
      );
      return `${family}:${taskDefinition?.revision ?? 0}`;
    },
    register: (name, input = {}) =>
      change("registerDaemon", name, { taskDefinition: "log-router:1", ...input }),
    change,
    status: async (name) =>
      (await ask(name, "status { phase desired running updated outdated waiting failed }")).at(
        "status",
      ),
    settled: async (name, running, timeoutMs = 60_000) => {
      let last = "nothing";
      await until(
        `${running} tasks of ${name}`,
        async () => {
          const status = await story.status(name);
          last = JSON.stringify(status.value);
          const done =
            status.text("phase") === "ACTIVE" &&
            status.count("running") === running &&
            status.count("updated") === running;
          return done ? true : undefined;
        },
        timeoutMs,
      ).catch((error: unknown) => {
        throw new Error(`daemon ${name} stands at ${last}`, { cause: error });
      });
    },
    placements: async (name) =>
      (
        await ask(
          name,
          "placements(first: 1000) { nodes { containerInstance { arn } task { arn } state reason attempts exitCode generation } }",
        )
      ).list("placements", "nodes"),
    events: async (name) =>
      (await ask(name, "events(first: 1000) { type containerInstance task revision reason }")).list(
        "events",
      ),
    close: async () => {
      ecs.destroy();
      await longshore.close();
    },
  };
  return story;
}
