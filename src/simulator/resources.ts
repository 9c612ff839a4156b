// What an instance has left: CPU, memory, host ports. Reserving and releasing are exact opposites. Pure of time and I/O.
import {
  requiredAttributes,
  requiredCpu,
  requiredMemory,
  requiredPorts,
} from "./task-definition.ts";
import type { TaskDefinition } from "./task-definition.ts";
import type { ContainerInstance, NetworkBinding, Reservation, Task } from "./world.ts";

const dynamicPorts = { first: 32_768, last: 60_999 } as const;

/** Why ECS would refuse a task on this instance (`AGENT`, `RESOURCE:CPU`, ...); undefined when it fits. */
export function refusal(
  instance: ContainerInstance,
  definition: TaskDefinition,
): { readonly reason: string; readonly detail?: string } | undefined {
  if (instance.refuses !== undefined) return { reason: instance.refuses };
  if (!instance.agentConnected) return { reason: "AGENT" };
  const attributes = instance.attributesToCome ?? instance.attributes;
  for (const name of requiredAttributes(definition))
    if (!attributes.has(name)) return { reason: "ATTRIBUTE", detail: name };
  if (requiredCpu(definition) > instance.remainingCpu) return { reason: "RESOURCE:CPU" };
  if (requiredMemory(definition) > instance.remainingMemory) return { reason: "RESOURCE:MEMORY" };
  const ports = requiredPorts(definition);
  const taken =
    ports.tcp.some((port) => instance.usedTcpPorts.has(port)) ||
    ports.udp.some((port) => instance.usedUdpPorts.has(port)) ||
    new Set(ports.tcp).size < ports.tcp.length ||
    new Set(ports.udp).size < ports.udp.length;
  return taken ? { reason: "RESOURCE:PORTS" } : undefined;
}

/** Takes what the definition needs; the caller has checked that it fits. */
export function reserve(instance: ContainerInstance, definition: TaskDefinition): Reservation {
  const ports = requiredPorts(definition);
  const reservation = {
    cpu: requiredCpu(definition),
    memory: requiredMemory(definition),
    tcpPorts: ports.tcp,
    udpPorts: ports.udp,
  };
  instance.remainingCpu -= reservation.cpu;
  instance.remainingMemory -= reservation.memory;
  for (const port of ports.tcp) instance.usedTcpPorts.add(port);
  for (const port of ports.udp) instance.usedUdpPorts.add(port);
  return reservation;
}

/** Gives back all that the task held; a second call does nothing. */
export function release(task: Task): void {
  const { instance, reservation } = task;
  task.reservation = undefined;
  if (!instance || !reservation) return;
  instance.remainingCpu += reservation.cpu;
  instance.remainingMemory += reservation.memory;
  for (const port of reservation.tcpPorts) instance.usedTcpPorts.delete(port);
  for (const port of reservation.udpPorts) instance.usedUdpPorts.delete(port);
}

function freePort(used: ReadonlySet<number>): number {
  for (let port = dynamicPorts.first; port <= dynamicPorts.last; port++)
    if (!used.has(port)) return port;
  throw new Error("No dynamic host port is left on a simulated instance");
}

/** Publishes the ports of a bridge task that starts: fixed host ports as they are, 0 as the next free one. */
export function bindPorts(task: Task): void {
  const { instance, reservation, definition } = task;
  if (!instance || !reservation || definition.networkMode !== "bridge") return;
  definition.containers.forEach(({ portMappings }, index) => {
    const bindings = portMappings.map(({ containerPort, hostPort, protocol }): NetworkBinding => {
      if (hostPort !== 0) return { bindIP: "0.0.0.0", containerPort, hostPort, protocol };
      const used = protocol === "tcp" ? instance.usedTcpPorts : instance.usedUdpPorts;
      const port = freePort(used);
      used.add(port);
      (protocol === "tcp" ? reservation.tcpPorts : reservation.udpPorts).push(port);
      return { bindIP: "0.0.0.0", containerPort, hostPort: port, protocol };
    });
    const container = task.containers[index];
    if (container) container.networkBindings = bindings;
  });
}
