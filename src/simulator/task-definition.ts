// Task definitions: what a task needs and how its containers behave in the simulation. Pure.
// Behaviour travels in dockerLabels, so that a person can register it through the plain ECS API.

export interface PortMapping {
  readonly containerPort: number;
  /** 0: ECS picks one (bridge), or the container port itself (host, awsvpc). */
  readonly hostPort: number;
  readonly protocol: "tcp" | "udp";
}

/** What a container does in the simulation. */
export interface Behaviour {
  /** Exits by itself so long after it started (ms, not scaled); undefined: runs until it is stopped. */
  readonly exitAfterMs: number | undefined;
  readonly exitCode: number;
  /** Never starts, for this reason. */
  readonly startFailure: string | undefined;
}

export interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  readonly cpu: number;
  readonly memory: number | undefined;
  readonly memoryReservation: number | undefined;
  readonly essential: boolean;
  readonly portMappings: readonly PortMapping[];
  readonly behaviour: Behaviour;
  /** The definition as it was registered, for DescribeTaskDefinition. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface TaskDefinition {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly networkMode: "bridge" | "host" | "awsvpc" | "none";
  readonly containers: readonly ContainerDefinition[];
  /** As registered: ECS keeps both as text. */
  readonly cpu: string | undefined;
  readonly memory: string | undefined;
  readonly requiresCompatibilities: readonly string[];
  readonly placementConstraints: readonly string[];
  readonly registeredAt: number;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  /** Further members of the request, echoed by DescribeTaskDefinition. */
  readonly raw: Readonly<Record<string, unknown>>;
  status: "ACTIVE" | "INACTIVE";
}

export const behaviourLabels = {
  exitAfterMs: "simulator.exit-after-ms",
  exitCode: "simulator.exit-code",
  startFailure: "simulator.start-failure",
} as const;

const pullFailure =
  "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref: not found";

/** Reads the behaviour from docker labels. `simulator.start-failure` is `pull` or the reason itself. */
export function readBehaviour(labels: Readonly<Record<string, unknown>>): Behaviour {
  const text = (name: string) => {
    const value = labels[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const wholeNumber = (name: string) => {
    const value = Number(text(name) ?? Number.NaN);
    return Number.isInteger(value) && value >= 0 ? value : undefined;
  };
  const failure = text(behaviourLabels.startFailure);
  return {
    exitAfterMs: wholeNumber(behaviourLabels.exitAfterMs),
    exitCode: wholeNumber(behaviourLabels.exitCode) ?? 0,
    startFailure: failure === "pull" ? pullFailure : failure,
  };
}

/** CPU units that a task of this definition takes from its instance. */
export function requiredCpu(definition: TaskDefinition): number {
  if (definition.cpu !== undefined) return Number(definition.cpu);
  return definition.containers.reduce((sum, container) => sum + container.cpu, 0);
}

/** MiB that a task of this definition takes from its instance. */
export function requiredMemory(definition: TaskDefinition): number {
  if (definition.memory !== undefined) return Number(definition.memory);
  return definition.containers.reduce(
    (sum, container) => sum + (container.memoryReservation ?? container.memory ?? 0),
    0,
  );
}

/** Host ports that must be free on the instance before a task is placed there. */
export function requiredPorts(definition: TaskDefinition): { tcp: number[]; udp: number[] } {
  const ports = { tcp: [] as number[], udp: [] as number[] };
  if (definition.networkMode === "awsvpc" || definition.networkMode === "none") return ports;
  for (const container of definition.containers)
    for (const { containerPort, hostPort, protocol } of container.portMappings) {
      const port = definition.networkMode === "host" ? containerPort : hostPort;
      if (port !== 0) ports[protocol].push(port);
    }
  return ports;
}

/** Attributes that an instance must have to run this definition. */
export function requiredAttributes(definition: TaskDefinition): string[] {
  const names = ["com.amazonaws.ecs.capability.docker-remote-api.1.24"];
  if (definition.networkMode === "awsvpc") names.push("ecs.capability.task-eni");
  return names;
}
