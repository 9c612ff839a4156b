// What happens to the simulated fleet of a chaos run: instances join, drain, leave, lose their agent, tasks crash. Acts
// on the simulator alone.
import type { Random } from "../random.ts";
import { define } from "../simulator/fleet.ts";
import {
  registerInstance,
  setAgentConnected,
  setInstanceState,
  terminateInstance,
} from "../simulator/instance-lifecycle.ts";
import { machineTypes } from "../simulator/machine-types.ts";
import type { Simulator } from "../simulator/server.ts";
import { behaviourLabels } from "../simulator/task-definition.ts";
import { exitContainers } from "../simulator/task-lifecycle.ts";
import type { Cluster, ContainerInstance } from "../simulator/world.ts";
import { endingFamily, errandMs, familyRevisions, runningFamily } from "./daemon-specs.ts";

export interface FleetBounds {
  readonly fewest: number;
  readonly most: number;
}

const tiers = ["front", "back", "batch"] as const;

export function onlyCluster({ world }: Simulator): Cluster {
  const [cluster] = world.clusters.values();
  if (!cluster) throw new Error("the simulator has no cluster");
  return cluster;
}

/** Instances that are there, INACTIVE ones left out. */
export function registered(simulator: Simulator): ContainerInstance[] {
  const { instances } = onlyCluster(simulator);
  return [...instances.values()].filter(({ status }) => status !== "INACTIVE");
}

export const active = (simulator: Simulator): ContainerInstance[] =>
  registered(simulator).filter(({ status }) => status === "ACTIVE");

/** The task definitions that people choose from. */
export function defineTasks(simulator: Simulator): void {
  const small = { networkMode: "bridge", cpu: 8, memory: 16 } as const;
  const labels = {
    [behaviourLabels.exitAfterMs]: String(errandMs),
    [behaviourLabels.exitCode]: "0",
  };
  simulator.act((world, now) => {
    for (let count = 0; count < familyRevisions; count++) {
      define(world, now, { ...small, family: runningFamily });
      define(world, now, { ...small, family: endingFamily, labels });
    }
  });
}

export function join(simulator: Simulator, { most }: FleetBounds, random: Random): string {
  if (registered(simulator).length >= most) return "the fleet is as large as it may be";
  const cluster = onlyCluster(simulator);
  const instance = simulator.act((world, now) =>
    registerInstance(world, now, {
      cluster,
      type: random.pick(machineTypes),
      capacityProviderName: `${cluster.name}-asg`,
      attributes: new Map([["tier", random.pick(tiers)]]),
    }),
  );
  return `${instance.id} joined`;
}

export function terminate(simulator: Simulator, { fewest }: FleetBounds, random: Random): string {
  const there = registered(simulator);
  if (there.length <= fewest) return "the fleet is as small as it may be";
  const instance = random.pick(there);
  simulator.act((world, now) => terminateInstance(world, now, instance));
  return `${instance.id} was terminated`;
}

/** Begins to drain an instance; undefined when too few would be left. */
export function drain(
  simulator: Simulator,
  { fewest }: FleetBounds,
  random: Random,
): ContainerInstance | undefined {
  const there = active(simulator);
  if (there.length <= fewest) return undefined;
  const instance = random.pick(there);
  simulator.act((world, now) => setInstanceState(world, now, instance, "DRAINING"));
  return instance;
}

/** A draining instance leaves, or is ACTIVE again. */
export function endDrain(simulator: Simulator, instance: ContainerInstance, leaves: boolean): void {
  if (instance.status !== "DRAINING") return;
  simulator.act((world, now) => {
    if (leaves) terminateInstance(world, now, instance);
    else setInstanceState(world, now, instance, "ACTIVE");
  });
}

export function loseAgent(simulator: Simulator, random: Random): ContainerInstance | undefined {
  const connected = active(simulator).filter(({ agentConnected }) => agentConnected);
  if (connected.length === 0) return undefined;
  const instance = random.pick(connected);
  simulator.act((world, now) => setAgentConnected(world, now, instance, false));
  return instance;
}

export function findAgent(simulator: Simulator, instance: ContainerInstance): void {
  simulator.act((world, now) => setAgentConnected(world, now, instance, true));
}

/** Essential containers of a running task exit; of a daemon's, when there is one. */
export function crashTask(simulator: Simulator, random: Random): string {
  const { tasks } = onlyCluster(simulator);
  const running = [...tasks.values()].filter(({ lastStatus }) => lastStatus === "RUNNING");
  const ofDaemons = running.filter(({ group }) => group.startsWith("daemon:"));
  const choice = ofDaemons.length > 0 && random.chance(0.8) ? ofDaemons : running;
  if (choice.length === 0) return "no task runs";
  const task = random.pick(choice);
  simulator.act((world, now) => exitContainers(world, now, task, task.containers, 1));
  return `task ${task.id} (${task.group}) crashed`;
}
