// EC2's and Auto Scaling's word that an instance is about to go, as EventBridge delivers it.
import { describe, expect, test } from "vitest";
import { departureKey } from "./departure.ts";
import type { Departure } from "./departure.ts";
import { readMessage } from "./event.ts";

const spot = {
  version: "0",
  id: "5c9d0c7a-95f2-4f0e-8f6b-9c6b53a5a4b1",
  "detail-type": "EC2 Spot Instance Interruption Warning",
  source: "aws.ec2",
  account: "111122223333",
  time: "2026-11-02T08:00:00Z",
  region: "eu-west-1",
  resources: ["arn:aws:ec2:eu-west-1b:instance/i-0a1b2c3d4e5f60718"],
  detail: { "instance-id": "i-0a1b2c3d4e5f60718", "instance-action": "terminate" },
};
const hook = {
  ...spot,
  "detail-type": "EC2 Instance-terminate Lifecycle Action",
  source: "aws.autoscaling",
  detail: {
    LifecycleActionToken: "0f9b2f0e-6d53-4c38-8d8c-0d6a7c1f3a55",
    AutoScalingGroupName: "quay-asg",
    LifecycleHookName: "longshore",
    EC2InstanceId: "i-0a1b2c3d4e5f60718",
    LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
    Origin: "AutoScalingGroup",
    Destination: "EC2",
  },
};

function departureIn(event: object): Departure {
  const [read] = readMessage(JSON.stringify(event));
  if (read?.outcome !== "departure") throw new Error(JSON.stringify(read));
  return read.departure;
}

describe("a departure", () => {
  const at = Date.parse("2026-11-02T08:00:00Z");
  const instance = {
    ec2InstanceId: "i-0a1b2c3d4e5f60718",
    account: "111122223333",
    region: "eu-west-1",
    at,
  };

  test("is read from a spot interruption and from a lifecycle action", () => {
    expect(departureIn(spot)).toEqual(instance);
    expect(departureIn(hook)).toEqual({
      ...instance,
      hook: {
        group: "quay-asg",
        name: "longshore",
        token: "0f9b2f0e-6d53-4c38-8d8c-0d6a7c1f3a55",
      },
    });
  });

  test("is one for each hook of an instance, and the same for a copy of its message", () => {
    const other = { ...hook, detail: { ...hook.detail, LifecycleHookName: "other" } };
    const keys = [spot, hook, hook, other].map((event) => departureKey(departureIn(event)));
    expect(new Set(keys).size).toBe(3);
    expect(keys[1]).toBe(keys[2]);
  });

  test.each([
    ["without its instance", { ...spot, detail: { "instance-action": "stop" } }],
    ["without its hook", { ...hook, detail: { ...hook.detail, LifecycleHookName: undefined } }],
    ["without a region", { ...hook, region: undefined }],
    ["without a detail", { ...hook, detail: "none" }],
  ])("%s is rejected", (_, event) => {
    expect(readMessage(JSON.stringify(event))).toMatchObject([{ outcome: "rejected" }]);
  });

  test("by another service's name is not taken for one", () => {
    const forged = { ...hook, source: "com.example.scaling" };
    expect(readMessage(JSON.stringify(forged))).toMatchObject([{ outcome: "ignored" }]);
  });
});
