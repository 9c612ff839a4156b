// What AWS tells of an EC2 instance that is about to go: a spot interruption, or an Auto Scaling group that waits at
// a lifecycle hook before it terminates the instance. Neither names a cluster. Pure.
import { text, time } from "./json.ts";
import type { JsonObject } from "./json.ts";

/** Where an Auto Scaling group waits until it is told to go on, or its time is over. */
export interface LifecycleHook {
  readonly group: string;
  readonly name: string;
  /** Identifies this wait; absent in old set-ups, where group, hook and instance do. */
  readonly token?: string | undefined;
}

export interface Departure {
  readonly ec2InstanceId: string;
  readonly account: string;
  readonly region: string;
  /** Absent for a spot interruption, which nothing can hold back: the instance is gone two minutes later. */
  readonly hook?: LifecycleHook | undefined;
  /** When AWS said so, ms since the epoch; 0 when it did not say. */
  readonly at: number;
}

/** The same for every copy of one message. */
export function departureKey({ account, region, ec2InstanceId, hook }: Departure): string {
  return [account, region, ec2InstanceId, hook?.name ?? ""].join("/");
}

export const departureTypes = {
  spot: "EC2 Spot Instance Interruption Warning",
  hook: "EC2 Instance-terminate Lifecycle Action",
} as const;

/** Reads an EventBridge event of one of {@link departureTypes}; what is wrong with it when it cannot be used. */
export function readDeparture(
  event: JsonObject,
  detail: JsonObject,
): { readonly departure: Departure } | { readonly problem: string } {
  const [account, region] = [text(event, "account"), text(event, "region")];
  if (account === undefined || region === undefined)
    return { problem: "an event without account or region" };
  const at = time(event, "time") ?? 0;
  if (text(event, "detail-type") === departureTypes.spot) {
    const ec2InstanceId = text(detail, "instance-id");
    return ec2InstanceId === undefined
      ? { problem: "a spot interruption that names no instance" }
      : { departure: { ec2InstanceId, account, region, at } };
  }
  const ec2InstanceId = text(detail, "EC2InstanceId");
  const [group, name] = [text(detail, "AutoScalingGroupName"), text(detail, "LifecycleHookName")];
  if (ec2InstanceId === undefined || group === undefined || name === undefined)
    return { problem: "a lifecycle action that does not name instance, group and hook" };
  const hook = { group, name, token: text(detail, "LifecycleActionToken") };
  return { departure: { ec2InstanceId, account, region, hook, at } };
}

/** The port to Auto Scaling. Both calls may throw what the SDK throws, after its own retries; both are idempotent. */
export interface HookHolder {
  /** Keeps the group waiting for as long again as the hook says. `gone`: it waits no longer. */
  heartbeat(departure: Departure, hook: LifecycleHook): Promise<"held" | "gone">;
  /** Lets the group go on with the termination. */
  complete(departure: Departure, hook: LifecycleHook): Promise<"completed" | "gone">;
}
