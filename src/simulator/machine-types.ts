// The EC2 machines that the simulator knows, and what the ECS agent registers from one. Data and pure functions.

export interface MachineType {
  readonly name: string;
  readonly cpu: number;
  /** MiB that the agent registers: less than the machine has. */
  readonly memory: number;
  readonly architecture: "x86_64" | "arm64";
}

export const machineTypes: readonly MachineType[] = [
  { name: "m6i.large", cpu: 2048, memory: 7764, architecture: "x86_64" },
  { name: "m6i.xlarge", cpu: 4096, memory: 15_653, architecture: "x86_64" },
  { name: "c7g.xlarge", cpu: 4096, memory: 7785, architecture: "arm64" },
  { name: "m7g.2xlarge", cpu: 8192, memory: 31_571, architecture: "arm64" },
  { name: "r6i.xlarge", cpu: 4096, memory: 31_534, architecture: "x86_64" },
  { name: "c6i.2xlarge", cpu: 8192, memory: 15_628, architecture: "x86_64" },
];

/** A machine of one's own premises, joined by ECS Anywhere. */
export const premisesType: MachineType = {
  name: "premises",
  cpu: 8192,
  memory: 31_877,
  architecture: "x86_64",
};

const capabilities: readonly string[] = [
  "com.amazonaws.ecs.capability.privileged-container",
  "com.amazonaws.ecs.capability.docker-remote-api.1.24",
  "com.amazonaws.ecs.capability.docker-remote-api.1.44",
  "com.amazonaws.ecs.capability.logging-driver.awslogs",
  "com.amazonaws.ecs.capability.logging-driver.json-file",
  "com.amazonaws.ecs.capability.ecr-auth",
  "com.amazonaws.ecs.capability.task-iam-role",
  "com.amazonaws.ecs.capability.task-iam-role-network-host",
  "ecs.capability.execution-role-ecr-pull",
  "ecs.capability.container-health-check",
  "ecs.capability.docker-plugin.local",
  "ecs.capability.network.container-port-range",
  "ecs.capability.full-sync",
];

/** Attributes that an agent registers for its machine; a value of undefined is a capability. */
export function agentAttributes(machine: {
  readonly external: boolean;
  readonly instanceType: string;
  readonly architecture: string;
  readonly availabilityZone: string;
  readonly imageId: string;
  readonly vpcId: string;
  readonly subnetId: string;
}): Map<string, string | undefined> {
  const attributes = new Map<string, string | undefined>(
    capabilities.map((name) => [name, undefined]),
  );
  attributes.set(
    machine.external ? "ecs.capability.external" : "ecs.capability.task-eni",
    undefined,
  );
  attributes.set("ecs.os-type", "linux");
  attributes.set("ecs.os-family", "LINUX");
  attributes.set("ecs.cpu-architecture", machine.architecture);
  if (machine.external) return attributes;
  attributes.set("ecs.ami-id", machine.imageId);
  attributes.set("ecs.availability-zone", machine.availabilityZone);
  attributes.set("ecs.instance-type", machine.instanceType);
  attributes.set("ecs.vpc-id", machine.vpcId);
  attributes.set("ecs.subnet-id", machine.subnetId);
  return attributes;
}
