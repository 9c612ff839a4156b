// The cluster query language as the simulator evaluates it, beside what ECS documents.
import { describe, expect, test } from "vitest";
import { readQuery } from "./cluster-query.ts";
import { placeInstance } from "./instance-lifecycle.ts";
import { machineTypes } from "./machine-types.ts";
import { createCluster, createWorld } from "./world.ts";

const world = createWorld({ seed: "query" });
const cluster = createCluster(world, "pier");
const [type] = machineTypes;
if (!type) throw new Error("no machine types");
const instance = placeInstance(world, Date.UTC(2024, 4, 2, 6), {
  cluster,
  type,
  availabilityZone: "us-east-1b",
  attributes: new Map([
    ["tier", "front"],
    ["gpu", undefined],
  ]),
});

describe("cluster query language", () => {
  test.each([
    ["attribute:tier == front", true],
    ["attribute:tier==front", true],
    ["attribute:tier equals 'front'", true],
    ["attribute:tier != front", false],
    ["attribute:missing != front", true],
    ["attribute:gpu exists", true],
    ["attribute:gpu !exists", false],
    ["attribute:missing not_exists", true],
    ["attribute:tier in [back, front]", true],
    ["attribute:tier in ['back','batch']", false],
    ["attribute:tier !in [back]", true],
    ["attribute:ecs.instance-type =~ m6i.*", true],
    ["attribute:ecs.instance-type =~ 6i", false],
    ["attribute:ecs.instance-type !~ c7g.*", true],
    ["agentConnected == true", true],
    ["agentVersion >= 1.9.0", true],
    ["runningTasksCount < 1", true],
    ["registeredAt > 2024-05-01", true],
    ["registeredAt < 2024-05-02T05:00:00Z", false],
    [`ec2InstanceId == ${instance.machine.instanceId}`, true],
    ["task:group == service:web", false],
    ["attribute:tier == front and attribute:gpu exists", true],
    ["attribute:tier == back || attribute:gpu exists", true],
    ["not (attribute:tier == back or attribute:tier == batch)", true],
    ["!(attribute:tier == front)", false],
    ["attribute:tier == back or attribute:tier == front and attribute:gpu exists", true],
  ])("%s is %s", (expression, expected) => {
    const query = readQuery(expression);
    if ("problem" in query) throw new Error(query.problem);
    expect(query.matches(instance)).toBe(expected);
  });

  test.each([
    "",
    "attribute:tier",
    "attribute:tier == ",
    "attribute: == x",
    "tier == front",
    "(attribute:tier == front",
    "attribute:tier == front)",
    "attribute:tier in front",
    "attribute:tier in [front",
    "attribute:tier =~ '['",
    "attribute:tier == front attribute:gpu exists",
    "attribute:tier resembles front",
  ])("refuses %j", (expression) => {
    expect(readQuery(expression)).toHaveProperty("problem");
  });
});
