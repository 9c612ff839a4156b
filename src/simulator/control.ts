// The simulator's own HTTP controls under /_simulator, for people and tests: read its state, make things happen, break things.
import { isObject, number, strings, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { Engine } from "./engine.ts";
import type { Exchange, Reply } from "./exchange.ts";
import { changeFaults } from "./faults.ts";
import { registerInstance, setAgentConnected, terminateInstance } from "./instance-lifecycle.ts";
import { beginTermination, interruptSpot } from "./lifecycle-hooks.ts";
import { machineTypes, premisesType } from "./machine-types.ts";
import { exitContainers } from "./task-lifecycle.ts";
import { setChurn } from "./tick.ts";
import type { Cluster, ContainerInstance, Task, World } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

class BadRequest extends Error {}

export const controlPath = "/_simulator";

function requestedCluster(world: World, request: JsonObject): Cluster {
  const given = text(request, "cluster");
  const only = world.clusters.size === 1 ? [...world.clusters.values()][0] : undefined;
  const cluster =
    given === undefined ? only : world.clusters.get(given.slice(given.lastIndexOf("/") + 1));
  if (cluster) return cluster;
  const names = [...world.clusters.keys()].join(", ") || "none";
  throw new BadRequest(`Name a cluster in "cluster". There are: ${names}.`);
}

/** The instances that the request names by id, ARN or EC2 id. */
function requestedInstances(world: World, request: JsonObject): ContainerInstance[] {
  const cluster = requestedCluster(world, request);
  const names = strings(request, "containerInstances");
  if (names.length === 0)
    throw new BadRequest('Name at least one id, ARN or EC2 id in "containerInstances".');
  return names.map((name) => {
    const instance =
      cluster.instances.get(name.slice(name.lastIndexOf("/") + 1)) ??
      [...cluster.instances.values()].find(({ machine }) => machine.instanceId === name);
    if (!instance)
      throw new BadRequest(`There is no container instance ${name} in ${cluster.name}.`);
    return instance;
  });
}

function describe(engine: Engine, url: string, queueUrl: string): Json {
  const { world } = engine;
  const now = engine.clock.now();
  const clusters = [...world.clusters.values()].map((cluster) => ({
    name: cluster.name,
    arn: cluster.arn,
    instances: [...cluster.instances.values()].filter(({ status }) => status !== "INACTIVE").length,
    runningTasks: [...cluster.tasks.values()].filter(({ lastStatus }) => lastStatus === "RUNNING")
      .length,
    tasks: cluster.tasks.size,
    services: cluster.services.size,
  }));
  return {
    url,
    queueUrl,
    region: world.scope.region,
    account: world.scope.account,
    seed: engine.seed,
    churnPerSecond: world.churnPerSecond,
    throttleScale: engine.throttle.scale,
    faults: engine.faults,
    clusters,
    queue: engine.eventQueue.counts(now),
  };
}

function addInstances(engine: Engine, request: JsonObject): Json {
  const count = number(request, "count") ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > 5000)
    throw new BadRequest("count must be a whole number from 1 to 5000.");
  const external = request["external"] === true;
  const typeName = text(request, "instanceType");
  const type = machineTypes.find(({ name }) => name === typeName);
  if (typeName !== undefined && !type)
    throw new BadRequest(
      `instanceType is one of ${machineTypes.map(({ name }) => name).join(", ")}.`,
    );
  const given = isObject(request["attributes"]) ? request["attributes"] : {};
  const attributes = new Map(Object.entries(given).map(([name, value]) => [name, String(value)]));
  const zone = text(request, "availabilityZone");
  const provider = text(request, "capacityProvider");
  const instances = engine.act((world, now) => {
    const cluster = requestedCluster(world, request);
    return Array.from({ length: count }, () =>
      registerInstance(world, now, {
        cluster,
        external,
        type: external ? premisesType : (type ?? world.random.pick(machineTypes)),
        attributes,
        capacityProviderName: provider ?? `${cluster.name}-asg`,
        ...(zone === undefined ? {} : { availabilityZone: zone }),
      }),
    );
  });
  return {
    containerInstances: instances.map(({ arn, machine }) => ({
      containerInstanceArn: arn,
      ec2InstanceId: machine.instanceId,
    })),
  };
}

/** With `hook`, Auto Scaling waits there before it terminates. */
function terminate(engine: Engine, request: JsonObject): Json {
  const hook = text(request, "hook");
  if (hook !== undefined) return waitAtHook(engine, request, hook);
  const terminated = engine.act((world, now) => {
    const instances = requestedInstances(world, request);
    for (const instance of instances) terminateInstance(world, now, instance);
    return instances.length;
  });
  return { terminated };
}

function waitAtHook(engine: Engine, request: JsonObject, hook: string): Json {
  const heartbeatMs = number(request, "heartbeatMs") ?? 60_000;
  if (heartbeatMs <= 0) throw new BadRequest("heartbeatMs must be more than 0.");
  const waits = engine.act((world, now) =>
    requestedInstances(world, request).map((instance) => {
      const group = text(request, "group") ?? `${instance.cluster.name}-asg`;
      return beginTermination(world, now, instance, { hook, group, heartbeatMs });
    }),
  );
  return { waiting: waits.map(({ token, group }) => ({ token, group, hook })) };
}

function interrupt(engine: Engine, request: JsonObject): Json {
  const afterMs = number(request, "afterMs") ?? 120_000;
  const interrupted = engine.act((world, now) => {
    const instances = requestedInstances(world, request);
    for (const instance of instances) interruptSpot(world, now, instance, afterMs);
    return instances.length;
  });
  return { interrupted };
}

/** Every start on these instances is refused with `reason` from now on; without one, none is. */
function refuse(engine: Engine, request: JsonObject): Json {
  const reason = text(request, "reason");
  const instances = engine.act((world) => requestedInstances(world, request));
  for (const instance of instances) instance.refuses = reason;
  return { changed: instances.length };
}

function connect(engine: Engine, request: JsonObject): Json {
  const { connected } = request;
  if (typeof connected !== "boolean") throw new BadRequest('"connected" must be true or false.');
  const changed = engine.act((world, now) => {
    const instances = requestedInstances(world, request);
    for (const instance of instances) setAgentConnected(world, now, instance, connected);
    return instances.length;
  });
  return { changed };
}

function requestedTasks(world: World, request: JsonObject): Task[] {
  const cluster = requestedCluster(world, request);
  const names = strings(request, "tasks");
  if (names.length === 0) throw new BadRequest('Name at least one task id or ARN in "tasks".');
  return names.map((name) => {
    const task = cluster.tasks.get(name.slice(name.lastIndexOf("/") + 1));
    if (!task) throw new BadRequest(`There is no task ${name} in ${cluster.name}.`);
    return task;
  });
}

function crash(engine: Engine, request: JsonObject): Json {
  const exitCode = number(request, "exitCode") ?? 1;
  const crashed = engine.act((world, now) => {
    const tasks = requestedTasks(world, request);
    const running = tasks.filter(({ lastStatus }) => lastStatus === "RUNNING");
    for (const task of running) exitContainers(world, now, task, task.containers, exitCode);
    return running.length;
  });
  return { crashed };
}

function setFaults(engine: Engine, request: JsonObject): Json {
  const changed = changeFaults(engine.faults, request);
  if ("problem" in changed) throw new BadRequest(changed.problem);
  engine.setFaults(changed.faults);
  return { ...changed.faults };
}

function readRate(request: JsonObject, name: string): number {
  const value = number(request, name);
  if (value === undefined || value < 0) throw new BadRequest(`"${name}" must be a number from 0.`);
  return value;
}

function churn(engine: Engine, request: JsonObject): Json {
  const perSecond = readRate(request, "perSecond");
  engine.act((world, now) => setChurn(world, now, perSecond));
  return { perSecond };
}

function throttle(engine: Engine, request: JsonObject): Json {
  engine.throttle.scale = readRate(request, "scale");
  return { scale: engine.throttle.scale };
}

function resetCalls(engine: Engine): Json {
  engine.calls.reset();
  return { calls: {} };
}

const posts: Readonly<Record<string, (engine: Engine, request: JsonObject) => Json>> = {
  instances: addInstances,
  "instances/terminate": terminate,
  "instances/interrupt": interrupt,
  "instances/refuse": refuse,
  agent: connect,
  "tasks/crash": crash,
  faults: setFaults,
  churn,
  throttle,
  "calls/reset": resetCalls,
};

function parse(body: string): JsonObject {
  try {
    const request: unknown = JSON.parse(body === "" ? "{}" : body);
    if (isObject(request)) return request;
  } catch {
    // Refused below.
  }
  throw new BadRequest("The request body must be a JSON object.");
}

function respond(engine: Engine, exchange: Exchange, url: string, queueUrl: string): Json {
  const path = exchange.path.slice(controlPath.length).replace(/^\/|\/$/g, "");
  if (exchange.method === "GET") {
    if (path === "") return describe(engine, url, queueUrl);
    if (path === "calls") return { calls: engine.calls.counts() };
    if (path === "faults") return { ...engine.faults };
  }
  if (exchange.method === "POST") {
    if (path === "events") {
      engine.sendRaw(exchange.body);
      return { sent: 1 };
    }
    const handler = Object.hasOwn(posts, path) ? posts[path] : undefined;
    if (handler) return handler(engine, parse(exchange.body));
  }
  throw new BadRequest(
    `There is no ${exchange.method} ${exchange.path}. GET ${controlPath}, ${controlPath}/calls, ${controlPath}/faults; POST ${Object.keys(posts).join(", ")}, events.`,
  );
}

/** Answers a request to the controls: JSON, 200 or 400 with `error`. */
export function answerControl(
  engine: Engine,
  exchange: Exchange,
  url: string,
  queueUrl: string,
): Reply {
  const headers = { "content-type": "application/json" };
  try {
    const body = respond(engine, exchange, url, queueUrl);
    return { status: 200, headers, body: JSON.stringify(body) };
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    return { status: 400, headers, body: JSON.stringify({ error: error.message }) };
  }
}
