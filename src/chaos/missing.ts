// What is not yet as it must be once everything has calmed down: every difference between ECS, Longshore's word on each
// replica, and its subscribers, named. An empty list is convergence.
import type { Task } from "../simulator/world.ts";
import type { Answer } from "../testing/longshore.ts";
import { read } from "./api-client.ts";
import { contentOf, daemonSpecs, runsOnce, selects } from "./daemon-specs.ts";
import type { DaemonSpec } from "./daemon-specs.ts";
import type { Wish } from "./daemon-wishes.ts";
import { onlyCluster, registered } from "./fleet.ts";
import type { Subscriber } from "./subscriber.ts";
import type { ChaosWorld } from "./world.ts";

/** Lists are shown to their first few. */
const shown = 4;

function difference(what: string, ours: readonly string[], theirs: readonly string[]): string[] {
  const [has, should] = [new Set(ours), new Set(theirs)];
  const lacking = theirs.filter((each) => !has.has(each));
  const extra = ours.filter((each) => !should.has(each));
  const some = (list: readonly string[]) =>
    `${list.slice(0, shown).join("; ")}${list.length > shown ? `; and ${list.length - shown} more` : ""}`;
  return [
    ...(lacking.length > 0 ? [`${what} lacks ${some(lacking)}`] : []),
    ...(extra.length > 0 ? [`${what} has, and ECS has not: ${some(extra)}`] : []),
    ...(ours.length !== has.size ? [`${what} has something twice`] : []),
  ];
}

const fleetQuery = `query ($cluster: String!) {
  containerInstances(filter: { cluster: $cluster }, first: 1000) { nodes { id version status agentConnected } }
  tasks(filter: { cluster: $cluster, lastStatus: [PROVISIONING, PENDING, ACTIVATING, RUNNING, DEACTIVATING, STOPPING, DEPROVISIONING] }, first: 1000) { nodes { id version lastStatus desiredStatus } }
}`;

const fields = (node: Answer, ...names: readonly string[]): string =>
  names.map((name) => node.text(name)).join(" ");

/** Where one replica of the API differs from ECS. */
async function fleetAt(world: ChaosWorld, url: string): Promise<string[]> {
  const { simulator, cluster } = world;
  const answer = await read(url, fleetQuery, { cluster });
  const instances = answer
    .list("containerInstances", "nodes")
    .filter((node) => node.text("status") !== "INACTIVE")
    .map((node) => fields(node, "id", "version", "status", "agentConnected"));
  const tasks = answer
    .list("tasks", "nodes")
    .map((node) => fields(node, "id", "version", "lastStatus", "desiredStatus"));
  const alive = [...onlyCluster(simulator).tasks.values()].filter(
    ({ lastStatus }) => lastStatus !== "STOPPED",
  );
  return [
    ...difference(
      `${url} (instances)`,
      instances,
      registered(simulator).map(
        ({ id, version, status, agentConnected }) => `${id} ${version} ${status} ${agentConnected}`,
      ),
    ),
    ...difference(
      `${url} (tasks)`,
      tasks,
      alive.map(
        ({ id, version, lastStatus, desiredStatus }) =>
          `${id} ${version} ${lastStatus} ${desiredStatus}`,
      ),
    ),
  ];
}

const daemonQuery = `query ($cluster: String!, $name: String!) {
  daemon(cluster: $cluster, name: $name) {
    paused status { phase reason } revisions { taskDefinition selector }
    placements(first: 1000) { nodes { containerInstance { arn } state reason nextAttemptAt } }
  }
}`;

/** A daemon as one replica tells of it; one that is being removed is gone. */
export async function daemonAt(
  { cluster }: ChaosWorld,
  url: string,
  name: string,
): Promise<{ readonly wish: Wish; readonly placements: readonly Answer[] }> {
  const daemon = (await read(url, daemonQuery, { cluster, name })).at("daemon");
  if (daemon.value === null || daemon.text("status", "phase") === "DELETING")
    return { wish: { exists: false, paused: false, contents: [] }, placements: [] };
  const [newest] = daemon.list("revisions");
  const content = contentOf(newest?.text("taskDefinition") ?? "", newest?.text("selector") ?? "");
  const paused = daemon.at("paused").value === true;
  return {
    wish: { exists: true, paused, contents: [content] },
    placements: daemon.list("placements", "nodes"),
  };
}

const definitionOf = ({ definition }: Task): string =>
  `${definition.family}:${definition.revision}`;

/** What a daemon's tasks must be on each instance, and are not. */
function daemonMissing(world: ChaosWorld, spec: DaemonSpec, wish: Wish): string[] {
  const content = wish.contents.at(-1) ?? "";
  const [, taskDefinition = "", selector = ""] = /^(\S+) on "(.*)"$/.exec(content) ?? [];
  const group = `daemon:${spec.name}`;
  return registered(world.simulator).flatMap((instance) => {
    const wanted =
      instance.status === "ACTIVE" && selects(selector, instance.attributes.get("tier"));
    const there = [...instance.tasks].filter(
      (task) => task.group === group && task.lastStatus !== "STOPPED",
    );
    const is = there.map((task) => `${definitionOf(task)} ${task.lastStatus}`).join(", ");
    if (runsOnce(spec)) {
      const isMissing =
        spec.mode === "ONCE_JOINED" && wanted && !world.tasks.hasSucceeded(spec.name, instance.id);
      if (!isMissing && there.length === 0) return [];
      return [`daemon ${spec.name} has not run on ${instance.id} yet (${is || "no task"})`];
    }
    const should = wanted ? `${taskDefinition} RUNNING` : "";
    return is === should
      ? []
      : [`daemon ${spec.name} on ${instance.id}: "${is}" where there should be "${should}"`];
  });
}

/** What Longshore itself says of the instances that it has not got right. */
function why(placements: readonly Answer[]): string[] {
  return placements
    .filter((each) => !["RUNNING", "SUCCEEDED", "EXCLUDED", "DONE"].includes(each.text("state")))
    .slice(0, shown)
    .map(
      (each) =>
        `${each.text("containerInstance", "arn").split("/").at(-1)} ${each.text("state")}: ${each.text("reason")}`,
    );
}

export interface Missing {
  readonly what: readonly string[];
  /** Starts that failed are tried again at these times, ms since the epoch: until then nobody can expect them. */
  readonly nextAttemptAt: number;
}

/** Everything that is not as it must be. Throws while a replica does not answer. */
export async function missing(world: ChaosWorld): Promise<Missing> {
  const what: string[] = [];
  let nextAttemptAt = 0;
  const [firstUrl = ""] = world.urls;
  for (const spec of daemonSpecs) {
    const { wish, placements } = await daemonAt(world, firstUrl, spec.name);
    // Tasks of one that is gone may go on, if its owner wanted that.
    if (!wish.exists) continue;
    const lacking = daemonMissing(world, spec, wish);
    what.push(...lacking.slice(0, shown));
    if (lacking.length === 0) continue;
    what.push(...why(placements));
    for (const each of placements) {
      const { value } = each.at("nextAttemptAt");
      if (typeof value === "string") nextAttemptAt = Math.max(nextAttemptAt, Date.parse(value));
    }
  }
  for (const url of world.urls) what.push(...(await fleetAt(world, url)));
  for (const subscriber of world.subscribers)
    what.push(...(await subscriberMissing(world, subscriber, firstUrl)));
  return { what, nextAttemptAt };
}

/** Whether a subscriber holds what a fresh query answers, and was told all that the log has. */
async function subscriberMissing(
  { cluster, recorder }: ChaosWorld,
  { name, spec, check }: Subscriber,
  url: string,
): Promise<string[]> {
  const query = `query ($filter: ${spec.filterType}) { list: ${spec.list}(filter: $filter, first: 1000) { totalCount nodes { ${spec.selection} } } }`;
  const answer = await read(url, query, { filter: { cluster, ...spec.filter } });
  const untold = check.missing(recorder.log);
  if (untold !== undefined) return [`subscriber ${name}: ${untold}`];
  if (answer.count("list", "totalCount") > 1000) return [];
  const fresh = answer.list("list", "nodes").map((node) => fields(node, "id", "version", "status"));
  return difference(`subscriber ${name}`, check.held(), fresh);
}
