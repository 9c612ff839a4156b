// EC2, STS and Auto Scaling over HTTP: form-encoded requests, XML answers. Only the calls that Longshore needs.
import {
  answerAutoScaling,
  autoScalingNamespace,
  autoScalingVersion,
} from "./auto-scaling-query.ts";
import type { Engine } from "./engine.ts";
import type { Exchange, Reply } from "./exchange.ts";
import { privateDnsName } from "./entity-json.ts";
import { answerXml, element, leaf, QueryRefusal, xml } from "./query-xml.ts";
import type { Machine, World } from "./world.ts";

const ec2Namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";
const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";

/** `Name.1`, `Name.2`, ... in order. */
function numbered(form: URLSearchParams, name: string): string[] {
  const values: string[] = [];
  for (let index = 1; ; index++) {
    const value = form.get(`${name}.${index}`);
    if (value === null) return values;
    values.push(value);
  }
}

const filterReaders: Readonly<Record<string, (machine: Machine) => string>> = {
  "instance-id": ({ instanceId }) => instanceId,
  "private-ip-address": ({ privateIpAddress }) => privateIpAddress,
  "availability-zone": ({ availabilityZone }) => availabilityZone,
  "instance-type": ({ instanceType }) => instanceType,
  "instance-state-name": ({ state }) => state,
  "vpc-id": ({ vpcId }) => vpcId,
  "subnet-id": ({ subnetId }) => subnetId,
};

function readFilters(form: URLSearchParams): ((machine: Machine) => boolean)[] {
  const filters: ((machine: Machine) => boolean)[] = [];
  for (let index = 1; form.has(`Filter.${index}.Name`); index++) {
    const name = form.get(`Filter.${index}.Name`) ?? "";
    const read = Object.hasOwn(filterReaders, name) ? filterReaders[name] : undefined;
    if (!read) throw new QueryRefusal("InvalidParameterValue", `The filter '${name}' is invalid`);
    const values = new Set(numbered(form, `Filter.${index}.Value`));
    filters.push((machine) => values.has(read(machine)));
  }
  return filters;
}

/** What EC2 has: machines of ECS Anywhere are unknown to it. */
function ec2Machines(world: World, ids: readonly string[]): Machine[] {
  if (ids.length === 0)
    return [...world.machines.values()].filter(({ instanceId }) => instanceId.startsWith("i-"));
  const malformed = ids.find((id) => !/^i-[0-9a-f]{8,17}$/.test(id));
  if (malformed !== undefined)
    throw new QueryRefusal("InvalidInstanceID.Malformed", `Invalid id: "${malformed}"`);
  const unknown = ids.filter((id) => !world.machines.has(id));
  if (unknown.length > 0) {
    const [verb, noun] = unknown.length === 1 ? ["does", "ID"] : ["do", "IDs"];
    throw new QueryRefusal(
      "InvalidInstanceID.NotFound",
      `The instance ${noun} '${unknown.join(", ")}' ${verb} not exist`,
    );
  }
  return ids.flatMap((id) => world.machines.get(id) ?? []);
}

function machineXml(world: World, machine: Machine): string {
  const running = machine.state === "running";
  const address = running
    ? leaf("privateDnsName", privateDnsName(world, machine.privateIpAddress)) +
      leaf("privateIpAddress", machine.privateIpAddress) +
      leaf("subnetId", machine.subnetId) +
      leaf("vpcId", machine.vpcId)
    : "<privateDnsName/>";
  const instance =
    leaf("instanceId", machine.instanceId) +
    leaf("imageId", machine.imageId) +
    element("instanceState", leaf("code", running ? "16" : "48") + leaf("name", machine.state)) +
    address +
    leaf("instanceType", machine.instanceType) +
    leaf("launchTime", new Date(machine.launchedAt).toISOString()) +
    element("placement", leaf("availabilityZone", machine.availabilityZone)) +
    leaf("architecture", machine.architecture);
  return element(
    "item",
    leaf("reservationId", `r-0${machine.instanceId.slice(3)}`) +
      leaf("ownerId", world.scope.account) +
      element("instancesSet", element("item", instance)),
  );
}

function describeInstances(world: World, form: URLSearchParams, requestId: string): string {
  const ids = numbered(form, "InstanceId");
  const size = form.get("MaxResults");
  if (size !== null && ids.length > 0)
    throw new QueryRefusal(
      "InvalidParameterCombination",
      "The parameter instancesSet cannot be used with the parameter maxResults",
    );
  if (size !== null && !(Number(size) >= 5 && Number(size) <= 1000))
    throw new QueryRefusal(
      "InvalidParameterValue",
      `Value ( ${size} ) for parameter maxResults is invalid.`,
    );
  const filters = readFilters(form);
  const machines = ec2Machines(world, ids).filter((machine) =>
    filters.every((keep) => keep(machine)),
  );
  const from = Number(Buffer.from(form.get("NextToken") ?? "", "base64").toString() || 0);
  const to = size === null ? machines.length : from + Number(size);
  const items = machines.slice(from, to).map((machine) => machineXml(world, machine));
  const token =
    to < machines.length ? leaf("nextToken", Buffer.from(String(to)).toString("base64")) : "";
  return `<DescribeInstancesResponse xmlns="${ec2Namespace}">${leaf("requestId", requestId)}${element("reservationSet", items.join(""))}${token}</DescribeInstancesResponse>`;
}

function callerIdentity({ scope }: World, requestId: string): string {
  return answerXml(
    stsNamespace,
    "GetCallerIdentity",
    requestId,
    leaf("Arn", `arn:${scope.partition}:iam::${scope.account}:user/simulated`) +
      leaf("UserId", "AIDASIMULATED") +
      leaf("Account", scope.account),
  );
}

function assumeRole(engine: Engine, form: URLSearchParams, requestId: string): string {
  const roleArn = form.get("RoleArn") ?? "";
  const session = form.get("RoleSessionName") ?? "";
  const match = /^arn:[a-z-]+:iam::(\d{12}):role\/([\w+=,.@/-]+)$/.exec(roleArn);
  if (!match) throw new QueryRefusal("ValidationError", `${roleArn} is invalid`);
  if (!/^[\w+=,.@-]{2,64}$/.test(session))
    throw new QueryRefusal("ValidationError", "RoleSessionName must have 2 to 64 characters.");
  const expiration = new Date(
    engine.clock.now() + Number(form.get("DurationSeconds") ?? 3600) * 1000,
  );
  const credentials =
    leaf("AccessKeyId", "ASIASIMULATED0000000") +
    leaf("SecretAccessKey", "simulated") +
    leaf("SessionToken", "simulated") +
    leaf("Expiration", expiration.toISOString());
  const assumed = roleArn.replace(":iam::", ":sts::").replace(":role/", ":assumed-role/");
  return answerXml(
    stsNamespace,
    "AssumeRole",
    requestId,
    element(
      "AssumedRoleUser",
      leaf("AssumedRoleId", `AROASIMULATED:${session}`) + leaf("Arn", `${assumed}/${session}`),
    ) + element("Credentials", credentials),
  );
}

type Service = "EC2" | "STS" | "AutoScaling";

const serviceOfVersion: Readonly<Record<string, Service>> = {
  "2011-06-15": "STS",
  [autoScalingVersion]: "AutoScaling",
};

function errorXml(service: Service, { code, message }: QueryRefusal, requestId: string): string {
  const error = leaf("Code", code) + leaf("Message", message);
  if (service === "EC2")
    return element(
      "Response",
      element("Errors", element("Error", error)) + leaf("RequestID", requestId),
    );
  const namespace = service === "STS" ? stsNamespace : autoScalingNamespace;
  return `<ErrorResponse xmlns="${namespace}">${element("Error", leaf("Type", "Sender") + error)}${leaf("RequestId", requestId)}</ErrorResponse>`;
}

/** Answers one request of EC2's, STS's or Auto Scaling's query protocol. */
export function answerQuery(engine: Engine, exchange: Exchange, requestId: string): Reply {
  const form = new URLSearchParams(exchange.body);
  const action = form.get("Action") ?? "";
  const service = serviceOfVersion[form.get("Version") ?? ""] ?? "EC2";
  const label = `${service}.${action}`;
  const { world } = engine;
  try {
    const body =
      service === "AutoScaling"
        ? answerAutoScaling(engine, action, form, requestId)
        : answer(action, engine, world, form, requestId);
    engine.calls.add(label, "ok");
    return xml(requestId, 200, body);
  } catch (error) {
    if (!(error instanceof QueryRefusal)) throw error;
    engine.calls.add(label, "refused");
    return xml(requestId, 400, errorXml(service, error, requestId));
  }
}

function answer(
  action: string,
  engine: Engine,
  world: World,
  form: URLSearchParams,
  requestId: string,
): string {
  switch (action) {
    case "DescribeInstances":
      return describeInstances(world, form, requestId);
    case "GetCallerIdentity":
      return callerIdentity(world, requestId);
    case "AssumeRole":
      return assumeRole(engine, form, requestId);
    default:
      throw new QueryRefusal(
        "InvalidAction",
        `The action ${action} is not valid for this simulator.`,
      );
  }
}
