// Advances the world to `now`: takes everything that is due, in order of time. The only caller of the life functions
// that does not come from outside.
import { forgetTask } from "./task-creation.ts";
import { advanceTask, exitContainers, stopTask } from "./task-lifecycle.ts";
import { setAgentConnected, showAttributes, terminateInstance } from "./instance-lifecycle.ts";
import { waitIsDue } from "./lifecycle-hooks.ts";
import { reconcileService } from "./services.ts";
import { duration } from "./world.ts";
import type { ContainerInstance, Due, Service, World } from "./world.ts";

/** When the world next needs a tick; undefined when nothing is planned. */
export function nextDueAt(world: World): number | undefined {
  return world.due.nextAt();
}

/** Does everything that is due until `now`, each at its own time, so that a late tick changes nothing but its lateness. */
export function tick(world: World, now: number): void {
  for (let due = world.due.take(now); due; due = world.due.take(now)) run(world, due.at, due.item);
}

function run(world: World, at: number, due: Due): void {
  const now = Math.floor(at);
  switch (due.kind) {
    case "task":
      return advanceTask(world, now, due.task, due.step, due.plan, due.containers);
    case "attributes":
      return showAttributes(world, now, due.instance);
    case "reconnect":
      return setAgentConnected(world, now, due.instance, true);
    case "service":
      return reconcileService(world, now, due.service);
    case "forgetTask":
      return forgetTask(due.task);
    case "forgetInstance":
      due.instance.cluster.instances.delete(due.instance.id);
      // A machine that only left its cluster is still there for EC2 and may register again.
      if (due.instance.machine.state === "terminated")
        world.machines.delete(due.instance.machine.instanceId);
      return;
    case "terminate":
      return terminateInstance(world, now, due.instance);
    case "lifecycle":
      return waitIsDue(world, now, due.token);
    case "churn":
      if (due.generation === world.churnGeneration) churn(world, at);
  }
}

/** Sets how many service tasks die and are replaced a second; 0 stops it. */
export function setChurn(world: World, now: number, perSecond: number): void {
  world.churnPerSecond = perSecond;
  world.churnGeneration += 1;
  planChurn(world, now);
}

function planChurn(world: World, now: number): void {
  if (world.churnPerSecond <= 0) return;
  const gapMs = (-Math.log(1 - world.random.next()) * 1000) / world.churnPerSecond;
  world.due.add(now + gapMs, { kind: "churn", generation: world.churnGeneration });
}

function pickService(world: World): Service | undefined {
  const services = [...world.clusters.values()].flatMap(({ services: all }) => [...all.values()]);
  const busy = services.filter(({ tasks }) => tasks.size > 0);
  return busy.length > 0 ? world.random.pick(busy) : undefined;
}

/** One random mishap: mostly a container that exits, now and then a scheduler's stop or an agent that blinks. */
function churn(world: World, at: number): void {
  const now = Math.floor(at);
  planChurn(world, at);
  const service = pickService(world);
  if (!service) return;
  const running = [...service.tasks].filter(
    ({ lastStatus, instance }) =>
      lastStatus === "RUNNING" && (!instance || instance.agentConnected),
  );
  if (running.length === 0) return;
  const task = world.random.pick(running);
  if (task.instance && world.random.chance(0.05)) blink(world, now, task.instance);
  if (world.random.chance(0.3)) {
    const reason = `Scaling activity initiated by (deployment ${task.deploymentId ?? "none"})`;
    stopTask(world, now, task, "ServiceSchedulerInitiated", reason);
  } else exitContainers(world, now, task, task.containers, world.random.pick([0, 1, 1, 137]));
}

function blink(world: World, now: number, instance: ContainerInstance): void {
  setAgentConnected(world, now, instance, false);
  const at = now + duration(world, world.timings.agentFlap);
  world.due.add(at, { kind: "reconnect", instance });
}
