// EC2 and Auto Scaling for a simulated process: private addresses of machines, and lifecycle hooks.
import type { AddressBook } from "../ecs/address-book.ts";
import type { HookHolder, LifecycleHook } from "../ecs/departure.ts";
import { endWait, heartbeat } from "../simulator/lifecycle-hooks.ts";
import type { LifecycleWait } from "../simulator/lifecycle-hooks.ts";
import { AwsError } from "./ecs-link.ts";
import type { AwsWorld } from "./ecs-link.ts";
import type { ServerName } from "./network.ts";
import type { SimulatedProcess } from "./processes.ts";

const timeoutMs = 10_000;

/** A request of one kind: stated as every request to AWS is. */
async function ask<Answer>(
  { engine, network, random, tell, nextCallId }: AwsWorld,
  process: SimulatedProcess,
  server: ServerName,
  operation: string,
  act: () => Answer,
): Promise<Answer> {
  const { account, region } = engine.world.scope;
  const callId = nextCallId();
  const request = { callId, process: process.name, operation, account, region, cluster: undefined };
  const answered = (outcome: string) =>
    tell({ kind: "answered", callId, process: process.name, outcome });
  try {
    const answer = await network.call<Answer>({
      process,
      server,
      operation,
      timeoutMs,
      onSent: () => tell({ kind: "sent", request }),
      execute: (reply) => {
        if (random.chance(engine.faults.errorRatio)) {
          tell({ kind: "executed", request, outcome: "failed", error: "InternalError" });
          reply({ error: new AwsError("InternalError", "Internal error", 500) });
          return undefined;
        }
        tell({ kind: "executed", request, outcome: "ok" });
        reply({ value: act() });
        return undefined;
      },
    });
    answered("ok");
    return answer;
  } catch (error) {
    answered(error instanceof Error ? error.name : String(error));
    throw error;
  }
}

export function openAddressBook(world: AwsWorld, process: SimulatedProcess): AddressBook {
  const { machines } = world.engine.world;
  return {
    lookUp: (ids) =>
      ask(world, process, "ec2", "DescribeInstances", () => {
        const known = ids.flatMap((id) => {
          const machine = machines.get(id);
          return machine ? [[id, machine.privateIpAddress] as const] : [];
        });
        return new Map(known);
      }),
  };
}

export function openHooks(
  world: AwsWorld,
  process: SimulatedProcess,
): HookHolder & { close(): void } {
  const { engine } = world;
  const waitOf = ({ group, name, token }: LifecycleHook): LifecycleWait | undefined =>
    [...engine.world.lifecycleWaits.values()].find(
      (wait) =>
        wait.hook === name && wait.group === group && (token === undefined || wait.token === token),
    );
  return {
    heartbeat: (_departure, hook) =>
      ask(world, process, "autoscaling", "RecordLifecycleActionHeartbeat", () => {
        const wait = waitOf(hook);
        if (!wait) return "gone";
        engine.act((fleet, now) => heartbeat(fleet, now, wait));
        return "held";
      }),
    complete: (_departure, hook) =>
      ask(world, process, "autoscaling", "CompleteLifecycleAction", () => {
        const wait = waitOf(hook);
        if (!wait) return "gone";
        engine.act((fleet, now) => endWait(fleet, now, wait));
        return "completed";
      }),
    close: () => {},
  };
}
