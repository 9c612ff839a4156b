// Calls about container instances and their attributes.
import { isObject, number, objects, text } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { instanceJson } from "../entity-json.ts";
import { instanceChanged } from "../events.ts";
import { readQuery } from "../cluster-query.ts";
import { clientError, invalidParameter, Refusal } from "../ecs-refusal.ts";
import { deregisterInstance, registerInstance, setInstanceState } from "../instance-lifecycle.ts";
import { machineTypes, premisesType } from "../machine-types.ts";
import type { ContainerInstance, World } from "../world.ts";
import {
  asArn,
  findInstance,
  oneOf,
  optionalFlag,
  optionalObjects,
  optionalText,
  page,
  readTags,
  requestedCluster,
  requestedInstance,
  requiredText,
  requiredTexts,
  textsUpTo,
} from "./request.ts";
import type { Answer, Operation } from "./request.ts";

export const listContainerInstances: Operation = (world, _now, request) => {
  const cluster = requestedCluster(world, request);
  const status = oneOf(request, "status", [
    "ACTIVE",
    "DRAINING",
    "REGISTERING",
    "DEREGISTERING",
    "REGISTRATION_FAILED",
  ]);
  const filter = optionalText(request, "filter");
  const query = filter === undefined ? { matches: () => true } : readQuery(filter);
  if ("problem" in query) throw invalidParameter(`Invalid filter: ${query.problem}.`);
  const { items, nextToken } = page(
    request,
    cluster.instances.values(),
    (instance) =>
      (status === undefined ? instance.status !== "INACTIVE" : instance.status === status) &&
      query.matches(instance),
  );
  return { containerInstanceArns: items.map(({ arn }) => arn), nextToken };
};

export const describeContainerInstances: Operation = (world, _now, request) => {
  const asked = requiredTexts(request, "containerInstances", 100);
  const include = textsUpTo(request, "include", 10);
  const cluster = requestedCluster(world, request);
  const members = {
    tags: include.includes("TAGS"),
    health: include.includes("CONTAINER_INSTANCE_HEALTH"),
  };
  const containerInstances: Answer[] = [];
  const failures: Answer[] = [];
  for (const idOrArn of asked) {
    const instance = findInstance(cluster, idOrArn);
    if (instance) containerInstances.push(instanceJson("api", instance, members));
    else failures.push({ arn: asArn(cluster, "container-instance", idOrArn), reason: "MISSING" });
  }
  return { containerInstances, failures };
};

export const updateContainerInstancesState: Operation = (world, now, request) => {
  const asked = requiredTexts(request, "containerInstances", 10);
  requiredText(request, "status");
  const status = oneOf(request, "status", ["ACTIVE", "DRAINING"]) ?? "ACTIVE";
  const cluster = requestedCluster(world, request);
  const containerInstances: Answer[] = [];
  const failures: Answer[] = [];
  for (const idOrArn of asked) {
    const arn = asArn(cluster, "container-instance", idOrArn);
    const instance = findInstance(cluster, idOrArn);
    if (!instance) failures.push({ arn, reason: "MISSING" });
    else if (instance.status === "INACTIVE") failures.push({ arn, reason: "INACTIVE" });
    else {
      setInstanceState(world, now, instance, status);
      containerInstances.push(instanceJson("api", instance));
    }
  }
  return { containerInstances, failures };
};

function instanceIdOf(request: JsonObject): string | undefined {
  const document = optionalText(request, "instanceIdentityDocument");
  if (document === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(document);
    return isObject(parsed) ? text(parsed, "instanceId") : undefined;
  } catch {
    throw clientError("The instance identity document is not JSON.");
  }
}

/** The agent's own call. The machine is known to EC2 or is made; `totalResources` may shrink what the type has. */
export const registerContainerInstance: Operation = (world, now, request) => {
  const cluster = requestedCluster(world, request);
  const instanceId = instanceIdOf(request);
  const machine = instanceId === undefined ? undefined : world.machines.get(instanceId);
  const attributes = new Map(
    optionalObjects(request, "attributes").map((each) => [
      requiredText(each, "name"),
      optionalText(each, "value"),
    ]),
  );
  const typeName = machine?.instanceType ?? attributes.get("ecs.instance-type");
  const known =
    machineTypes.find(({ name }) => name === typeName) ?? machineTypes[1] ?? premisesType;
  const total = objects(request, "totalResources");
  const amount = (name: string) => {
    const resource = total.find((each) => each["name"] === name);
    return resource && number(resource, "integerValue");
  };
  const zone = attributes.get("ecs.availability-zone");
  const instance = registerInstance(world, now, {
    cluster,
    type: { ...known, cpu: amount("CPU") ?? known.cpu, memory: amount("MEMORY") ?? known.memory },
    attributes,
    tags: readTags(request),
    ...(zone === undefined ? {} : { availabilityZone: zone }),
    ...(machine === undefined ? {} : { machine }),
  });
  return { containerInstance: instanceJson("api", instance, { tags: true }) };
};

export const deregisterContainerInstance: Operation = (world, now, request) => {
  const idOrArn = requiredText(request, "containerInstance");
  const cluster = requestedCluster(world, request);
  const instance = requestedInstance(cluster, idOrArn);
  if (instance.status === "INACTIVE")
    throw invalidParameter("The container instance is deregistered already.");
  if (instance.tasks.size > 0 && !optionalFlag(request, "force"))
    throw invalidParameter("Found running tasks on the instance.");
  deregisterInstance(world, now, instance);
  return { containerInstance: instanceJson("api", instance) };
};

interface AttributeTarget {
  readonly name: string;
  readonly value: string | undefined;
  readonly instance: ContainerInstance;
}

const builtIn = /^(ecs\.|com\.amazonaws\.)/;

function readAttributeTargets(world: World, request: JsonObject): AttributeTarget[] {
  const attributes = optionalObjects(request, "attributes");
  if (attributes.length === 0) throw invalidParameter("Attributes cannot be empty.");
  if (attributes.length > 10) throw invalidParameter("Attributes can have at most 10 items.");
  const cluster = requestedCluster(world, request);
  return attributes.map((attribute) => {
    const name = requiredText(attribute, "name");
    const value = optionalText(attribute, "value");
    if (!/^[\w.\-/\\]{1,128}$/.test(name))
      throw invalidParameter(`Invalid attribute name ${name}.`);
    if (value !== undefined && !/^[\w.\-/\\@: ]{1,128}$/.test(value))
      throw invalidParameter(`Invalid value of the attribute ${name}.`);
    oneOf(attribute, "targetType", ["container-instance"]);
    const instance = findInstance(cluster, requiredText(attribute, "targetId"));
    if (!instance || instance.status === "INACTIVE")
      throw new Refusal("TargetNotFoundException", "target not found");
    return { name, value, instance };
  });
}

function targetsJson(targets: readonly AttributeTarget[]): Answer {
  return {
    attributes: targets.map(({ name, value, instance }) => ({
      name,
      value,
      targetType: "container-instance",
      targetId: instance.arn,
    })),
  };
}

function attributesChanged(world: World, now: number, targets: readonly AttributeTarget[]): void {
  const { silentAttributeRatio, random } = world;
  for (const instance of new Set(targets.map((target) => target.instance)))
    if (silentAttributeRatio === 0 || !random.chance(silentAttributeRatio))
      instanceChanged(world, now, instance);
}

export const putAttributes: Operation = (world, now, request) => {
  const targets = readAttributeTargets(world, request);
  for (const instance of new Set(targets.map((target) => target.instance))) {
    const names = new Set([...instance.attributes.keys()].filter((name) => !builtIn.test(name)));
    for (const target of targets) if (target.instance === instance) names.add(target.name);
    if (names.size > 10)
      throw new Refusal(
        "AttributeLimitExceededException",
        "You can apply up to 10 custom attributes for each resource.",
      );
  }
  const changed = targets.filter(
    ({ name, value, instance }) =>
      !instance.attributes.has(name) || instance.attributes.get(name) !== value,
  );
  for (const { name, value, instance } of changed) instance.attributes.set(name, value);
  attributesChanged(world, now, changed);
  return targetsJson(targets);
};

export const deleteAttributes: Operation = (world, now, request) => {
  const targets = readAttributeTargets(world, request);
  const removed = targets.filter(({ name, value, instance }) => {
    if (!instance.attributes.has(name)) return false;
    if (value !== undefined && instance.attributes.get(name) !== value) return false;
    return instance.attributes.delete(name);
  });
  attributesChanged(world, now, removed);
  return targetsJson(removed);
};

export const listAttributes: Operation = (world, _now, request) => {
  const cluster = requestedCluster(world, request);
  if (oneOf(request, "targetType", ["container-instance"]) === undefined)
    throw invalidParameter("Target type cannot be empty.");
  const name = optionalText(request, "attributeName");
  const value = optionalText(request, "attributeValue");
  const { items, nextToken } = page(
    request,
    cluster.instances.values(),
    (instance) =>
      instance.status !== "INACTIVE" && (name === undefined || instance.attributes.has(name)),
  );
  const attributes = items.flatMap((instance) =>
    Array.from(instance.attributes, ([key, is]) => ({
      name: key,
      value: is,
      targetId: instance.arn,
    })).filter(
      (each) =>
        (name === undefined || each.name === name) && (value === undefined || each.value === value),
    ),
  );
  return { attributes, nextToken };
};
