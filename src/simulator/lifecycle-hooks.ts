// How an EC2 instance goes: a spot interruption warns and does not wait; an Auto Scaling group with a lifecycle hook
// waits until somebody completes the hook or its time is over. Pure.
import { departed } from "./events.ts";
import { terminateInstance } from "./instance-lifecycle.ts";
import { uuid } from "./world.ts";
import type { ContainerInstance, World } from "./world.ts";

/** A group that waits at a hook before it terminates an instance. */
export interface LifecycleWait {
  readonly instance: ContainerInstance;
  readonly group: string;
  readonly hook: string;
  readonly token: string;
  /** What one heartbeat buys, ms. */
  readonly heartbeatMs: number;
  /** When the group waits no longer, ms; heartbeats move it. */
  until: number;
  heartbeats: number;
}

export interface HookRequest {
  readonly hook: string;
  readonly group: string;
  readonly heartbeatMs: number;
}

/** The group decides to terminate the instance, says so, and waits at the hook. */
export function beginTermination(
  world: World,
  now: number,
  instance: ContainerInstance,
  { hook, group, heartbeatMs }: HookRequest,
): LifecycleWait {
  const token = uuid(world.random);
  const wait = {
    instance,
    group,
    hook,
    token,
    heartbeatMs,
    until: now + heartbeatMs,
    heartbeats: 0,
  };
  world.lifecycleWaits.set(token, wait);
  world.due.add(wait.until, { kind: "lifecycle", token });
  departed(world, now, {
    source: "aws.autoscaling",
    detailType: "EC2 Instance-terminate Lifecycle Action",
    resource: `arn:${world.scope.partition}:autoscaling:${world.scope.region}:${world.scope.account}:autoScalingGroup:${token}:autoScalingGroupName/${group}`,
    detail: {
      LifecycleActionToken: token,
      AutoScalingGroupName: group,
      LifecycleHookName: hook,
      EC2InstanceId: instance.machine.instanceId,
      LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
      Origin: "AutoScalingGroup",
      Destination: "EC2",
    },
  });
  return wait;
}

export function heartbeat(world: World, now: number, wait: LifecycleWait): void {
  wait.heartbeats += 1;
  wait.until = now + wait.heartbeatMs;
  world.due.add(wait.until, { kind: "lifecycle", token: wait.token });
}

/** The wait is over, by word or by time: the instance is terminated. Auto Scaling does so for CONTINUE and ABANDON alike. */
export function endWait(world: World, now: number, wait: LifecycleWait): void {
  world.lifecycleWaits.delete(wait.token);
  terminateInstance(world, now, wait.instance);
}

/** A wait's time may be over: not when a heartbeat came since, nor when it was completed. */
export function waitIsDue(world: World, now: number, token: string): void {
  const wait = world.lifecycleWaits.get(token);
  if (wait && wait.until <= now) endWait(world, now, wait);
}

/** EC2 wants its spot instance back: it says so and terminates it `afterMs` later, whoever still works there. */
export function interruptSpot(
  world: World,
  now: number,
  instance: ContainerInstance,
  afterMs: number,
): void {
  const { machine } = instance;
  world.due.add(now + afterMs, { kind: "terminate", instance });
  departed(world, now, {
    source: "aws.ec2",
    detailType: "EC2 Spot Instance Interruption Warning",
    resource: `arn:${world.scope.partition}:ec2:${machine.availabilityZone}:instance/${machine.instanceId}`,
    detail: { "instance-id": machine.instanceId, "instance-action": "terminate" },
  });
}
