// Where a task can be reached: the host ports of its containers, or the ports on its own network interface.
// Derived from what ECS said, never guessed: without a known address there is no endpoint.
import { taskDefinitionFamily } from "./arn.ts";
import type { ClusterArn, TaskArn } from "./arn.ts";
import { attributeValue } from "./container-instance.ts";
import type { ContainerInstance } from "./container-instance.ts";
import type { PortMapping, TaskDefinition } from "./task-definition.ts";
import { isStopped } from "./task.ts";
import type { Attachment, Container, NetworkBinding, Task } from "./task.ts";

/** One address and port that takes traffic for one port of one container. */
export interface Endpoint {
  readonly clusterArn: ClusterArn;
  readonly taskArn: TaskArn;
  /** Family and group of the task. */
  readonly family: string;
  readonly group: string | undefined;
  readonly container: string;
  /** Private IP: the instance's in bridge and host mode, the task's own in awsvpc mode. */
  readonly host: string;
  readonly port: number;
  readonly protocol: string;
  readonly containerPort: number;
  readonly availabilityZone: string | undefined;
  /**
   * False only when ECS reported UNHEALTHY for the task or the container. Events never tell health and
   * most containers have no health check: not knowing is no reason to take an endpoint out.
   */
  readonly healthy: boolean;
}

/**
 * Names an endpoint within its task: the same for as long as the task publishes this port, whatever else about it
 * changes, so an endpoint whose address is corrected stays the same one. In the order of {@link endpointsOf}.
 */
export function endpointKey({ container, containerPort, port, protocol }: Endpoint): string {
  return `${container} ${padded(containerPort)} ${padded(port)} ${protocol}`;
}

const padded = (port: number): string => String(port).padStart(5, "0");

/** A wide port range on a large fleet would drown everything else: the first ports of it are kept. */
export const endpointsPerTaskMax = 1000;

/** A port of a container, and the port on the host that leads to it. */
interface PublishedPort {
  readonly containerPort: number;
  readonly port: number;
  readonly protocol: string;
}

/**
 * The endpoints of a task, in an order that does not depend on the order in which ECS lists things.
 * `instance` is where it runs, if anywhere we know; `definition` its task definition, if it has been read.
 * Empty as soon as the task is to stop, so that traffic leaves before its containers do.
 */
export function endpointsOf(
  task: Task,
  instance: ContainerInstance | undefined,
  definition: TaskDefinition | undefined,
): Endpoint[] {
  if (task.lastStatus !== "RUNNING" || task.desiredStatus !== "RUNNING") return [];
  const addresses = taskAddresses(task);
  const mode = networkMode(addresses, definition);
  const endpoints = new Map<string, Endpoint>();
  for (const container of task.containers.toSorted((a, b) => compareText(a.name, b.name))) {
    if (container.lastStatus !== "RUNNING") continue;
    const host =
      mode === "awsvpc"
        ? (containerAddresses(task, container)[0] ?? addresses[0])
        : instance?.privateIpAddress;
    if (host === undefined) continue;
    for (const published of publishedPorts(mode, container, definition, host)) {
      const endpoint = endpointAt(task, instance, container, host, published);
      const key = endpointKey(endpoint);
      if (endpoints.size < endpointsPerTaskMax && !endpoints.has(key)) endpoints.set(key, endpoint);
    }
  }
  return [...endpoints.values()];
}

/**
 * The addresses that the task has by itself (its network interface), IPv4 first, each once. Empty for tasks
 * that share the address of their instance, before the interface is attached and after it is gone.
 */
export function taskAddresses(task: Task): string[] {
  if (isStopped(task)) return [];
  const attached = task.attachments
    .filter(isAttachedInterface)
    .flatMap(({ details }) => [details["privateIPv4Address"] ?? "", details["ipv6Address"] ?? ""]);
  const containers = task.containers.flatMap((container) => containerAddresses(task, container));
  return addressesInOrder([...attached, ...containers]);
}

type NetworkMode = "awsvpc" | "bridge" | "host" | "none";

/** Told by the task definition; without it a task that has an interface of its own is in awsvpc mode. */
function networkMode(
  addresses: readonly string[],
  definition: TaskDefinition | undefined,
): NetworkMode {
  switch (definition?.networkMode) {
    case "awsvpc":
    case "host":
    case "none":
      return definition.networkMode;
    default:
      return addresses.length > 0 ? "awsvpc" : "bridge";
  }
}

const isInterface = (attachment: Attachment): boolean =>
  attachment.type === "eni" || attachment.type === "ElasticNetworkInterface";

const isAttachedInterface = (attachment: Attachment): boolean =>
  isInterface(attachment) && attachment.status === "ATTACHED";

/** A container keeps naming the address of its interface after that was detached: the attachment decides. */
function containerAddresses(task: Task, container: Container): string[] {
  const interfaces = task.attachments.filter(isInterface);
  const usable = container.networkInterfaces.filter(
    ({ attachmentId }) =>
      interfaces.length === 0 ||
      interfaces.some(
        (attachment) =>
          attachment.status === "ATTACHED" &&
          (attachmentId === undefined || attachment.id === attachmentId),
      ),
  );
  return addressesInOrder(
    usable.flatMap(({ privateIpv4Address, ipv6Address }) => [
      privateIpv4Address ?? "",
      ipv6Address ?? "",
    ]),
  );
}

export const isIpv6 = (address: string): boolean => address.includes(":");

function addressesInOrder(addresses: readonly string[]): string[] {
  const known = new Set(addresses.filter((address) => address !== ""));
  return [...known].toSorted((a, b) => Number(isIpv6(a)) - Number(isIpv6(b)));
}

function publishedPorts(
  mode: NetworkMode,
  container: Container,
  definition: TaskDefinition | undefined,
  host: string,
): PublishedPort[] {
  const bound = reachableBindings(container.networkBindings, host).flatMap(boundPorts);
  const mapped =
    definition?.containers
      .find(({ name }) => name === container.name)
      ?.portMappings.flatMap(mappedPorts) ?? [];
  const published: Readonly<Record<NetworkMode, readonly PublishedPort[]>> = {
    bridge: bound,
    // Agents report no bindings here; should one do, the port is the container's own on its interface.
    awsvpc: (mapped.length > 0 ? mapped : bound).map((port) => ({
      ...port,
      port: port.containerPort,
    })),
    host: mapped,
    none: [],
  };
  return published[mode].toSorted(
    (a, b) =>
      a.containerPort - b.containerPort || a.port - b.port || compareText(a.protocol, b.protocol),
  );
}

/**
 * Docker publishes a port once for 0.0.0.0 and once for ::, at times under two different host ports. Only
 * the one of the host address's own family leads anywhere from there; the other stays when it is alone.
 */
function reachableBindings(
  bindings: readonly NetworkBinding[],
  host: string,
): readonly NetworkBinding[] {
  const portOf = (binding: NetworkBinding): string =>
    `${binding.protocol} ${binding.containerPort ?? binding.containerPortRange ?? ""}`;
  const isSameFamily = ({ bindIP }: NetworkBinding): boolean =>
    bindIP === undefined || isIpv6(bindIP) === isIpv6(host);
  const reachable = new Set(bindings.filter(isSameFamily).map(portOf));
  return bindings.filter((binding) => isSameFamily(binding) || !reachable.has(portOf(binding)));
}

function boundPorts(binding: NetworkBinding): PublishedPort[] {
  const { protocol } = binding;
  if (binding.containerPortRange !== undefined || binding.hostPortRange !== undefined) {
    const inside = portRange(binding.containerPortRange);
    const outside = portRange(binding.hostPortRange);
    // Ranges of different widths pair up with nothing that we know.
    if (!inside || !outside || inside.last - inside.first !== outside.last - outside.first)
      return [];
    return expand(inside, outside.first, protocol);
  }
  return pair(binding.containerPort, binding.hostPort, protocol);
}

function mappedPorts(mapping: PortMapping): PublishedPort[] {
  const protocol = mapping.protocol ?? "tcp";
  const range = portRange(mapping.containerPortRange);
  if (range) return expand(range, range.first, protocol);
  // hostPort 0 or none means "the same": neither awsvpc nor host mode can move a port.
  return pair(mapping.containerPort, mapping.hostPort || mapping.containerPort, protocol);
}

interface PortRange {
  readonly first: number;
  readonly last: number;
}

const isPort = (port: number | undefined): port is number =>
  port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65535;

/** `8000-8003`, both ends included; undefined for anything else. */
function portRange(text: string | undefined): PortRange | undefined {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text ?? "");
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2]);
  return isPort(first) && isPort(last) && first <= last ? { first, last } : undefined;
}

function expand(inside: PortRange, outsideFirst: number, protocol: string): PublishedPort[] {
  const count = Math.min(inside.last - inside.first + 1, endpointsPerTaskMax);
  return Array.from({ length: count }, (_, i) => ({
    containerPort: inside.first + i,
    port: outsideFirst + i,
    protocol,
  }));
}

function pair(
  containerPort: number | undefined,
  port: number | undefined,
  protocol: string,
): PublishedPort[] {
  return isPort(containerPort) && isPort(port) ? [{ containerPort, port, protocol }] : [];
}

function endpointAt(
  task: Task,
  instance: ContainerInstance | undefined,
  container: Container,
  host: string,
  { containerPort, port, protocol }: PublishedPort,
): Endpoint {
  return {
    clusterArn: task.clusterArn,
    taskArn: task.arn,
    family: taskDefinitionFamily(task.taskDefinitionArn),
    group: task.group,
    container: container.name,
    host,
    port,
    protocol,
    containerPort,
    availabilityZone:
      task.availabilityZone ?? (instance && attributeValue(instance, "ecs.availability-zone")),
    healthy: task.healthStatus !== "UNHEALTHY" && container.healthStatus !== "UNHEALTHY",
  };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
