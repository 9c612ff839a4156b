// The only place where a Redis key is made. All keys of one ECS cluster share a hash tag, so that a script
// may use them together and a Redis Cluster keeps an ECS cluster on one node.
import { parseEcsArn } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { BudgetScope } from "../ecs/api-budget.ts";

const prefix = "longshore:";

/** Set of the ARNs of all clusters that have state here, and the channel that announces a new one. */
export const clustersKey = `${prefix}clusters`;

/** Hash: cluster to a text that is another one each time that its log was begun. */
export const begunKey = `${prefix}begun`;

/** Messages that nobody could read. One hash tag: scripts use these keys together. */
export const quarantineKeys = {
  /** Hash: message id to the message as JSON. */
  messages: `${prefix}{quarantine}:messages`,
  /** Sorted set: message ids by when they came. */
  order: `${prefix}{quarantine}:order`,
  /** String: length of all messages. */
  bytes: `${prefix}{quarantine}:bytes`,
  /** Set: ids of messages that a person wants read again. */
  replays: `${prefix}{quarantine}:replays`,
} as const;

/** In which form the data is: see schema.ts. */
export const schemaKey = `${prefix}schema`;

/** Whose the data is: see deployment.ts. On the node of a cluster that the form is on, too. */
export const deploymentKey = `${prefix}deployment:{${schemaKey}}`;

/** Set of the keys of all rate budgets. */
export const budgetsKey = `${prefix}budgets`;

/** Hash: the token buckets of one account and region. */
export function budgetKey({ account, region }: BudgetScope): string {
  return `${prefix}budget:${account}:${region}`;
}

/** Whose budget a key is; undefined when it is none. */
export function budgetScopeOf(key: string): BudgetScope | undefined {
  const [account, region, ...rest] = key.slice(`${prefix}budget:`.length).split(":");
  return account && region && rest.length === 0 ? { account, region } : undefined;
}

/** Hash: queue name to what was last seen of it. Expires when no worker looks at any queue for a day. */
export const queuesKey = `${prefix}queues`;

/** Hash: when ingest last listed the clusters of ECS, and what kept it from doing so since. */
export const listingKey = `${prefix}listing`;

/** Hash: EC2 instances that are about to go, by account, region, id and hook. */
export const departuresKey = `${prefix}departures`;

/** Hash: ingest worker to what it last said of itself. Expires like the queues. */
export const workersKey = `${prefix}workers`;

/** Which hash of a cluster an entity lives in. One letter, because it is written into every log entry. */
export const entityKinds = ["i", "t", "d", "p", "f"] as const;
export type EntityKind = (typeof entityKinds)[number];

/** What only one process at a time may do for a cluster. */
export type LeasePurpose = "schedule" | "reconcile";

export interface ClusterKeys {
  /** Hash: epoch, seq, run, lease (the fencing counter). */
  readonly meta: string;
  /** Stream: the change log. An entry's id is `<seq>-0`. */
  readonly log: string;
  /** Hashes, id to record. */
  readonly instances: string;
  readonly tasks: string;
  readonly daemons: string;
  readonly placements: string;
  readonly taskDefinitions: string;
  /** Sorted set: ended entities (`t <id>`, `i <id>`) by the time we learnt of it. */
  readonly ended: string;
  /** Sorted set: entities that may not come back by a late event, by the time the ban ends. */
  readonly tombstones: string;
  /** Hash: freshness facts, written by ingest, outside the log. */
  readonly freshness: string;
  /** Hash: tasks by what their status means, and what happened in each minute of a day. See history.ts. */
  readonly history: string;
  /** Service actions, deployments, health notices: a sorted set of their ids by time, a hash of id to event. */
  readonly eventIds: string;
  readonly events: string;
  /** Hash: names of readiness attributes to when a daemon was last seen to ask for them. */
  readonly readiness: string;
  /** List: what was decided for a daemon, newest first; bounded, expires. */
  readonly decisions: (daemon: string) => string;
  /** Strings with expiry: `<holder>:<fencing token>` of the one process that does this for the cluster. */
  readonly leases: Readonly<Record<LeasePurpose, string>>;
  /** String, for a minute: what was written before it is waited for. See acknowledge.ts. */
  readonly marker: string;
  /** Pub/sub channel that carries one short message a change. */
  readonly channel: string;
}

/** Texts that something was worked out for and is kept. */
const rememberedMax = 1000;

/** The same few clusters are asked for with every call of the store. */
function remembered<Answer>(workOut: (text: string) => Answer): (text: string) => Answer {
  const known = new Map<string, Answer>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const answer = workOut(text);
    if (known.size >= rememberedMax) known.clear();
    known.set(text, answer);
    return answer;
  };
}

export const clusterKeys = remembered((clusterArn: string): ClusterKeys => {
  const arn = parseEcsArn(clusterArn);
  if (arn?.resource !== "cluster") throw new Error(`not a cluster ARN: ${clusterArn}`);
  const tag = `${prefix}{${arn.partition}:${arn.region}:${arn.account}:${arn.id}}:`;
  return {
    meta: `${tag}meta`,
    log: `${tag}log`,
    instances: `${tag}instances`,
    tasks: `${tag}tasks`,
    daemons: `${tag}daemons`,
    placements: `${tag}placements`,
    taskDefinitions: `${tag}task-definitions`,
    ended: `${tag}ended`,
    tombstones: `${tag}tombstones`,
    freshness: `${tag}freshness`,
    history: `${tag}history`,
    eventIds: `${tag}event-ids`,
    events: `${tag}event-history`,
    readiness: `${tag}readiness`,
    decisions: (daemon) => `${tag}decisions:${daemon}`,
    leases: { schedule: `${tag}lease:schedule`, reconcile: `${tag}lease:reconcile` },
    marker: `${tag}marker`,
    channel: `${tag}changes`,
  };
});

/** What a scheduler of somebody's own keeps: the keys that put-control.lua and take-lease.lua take. */
export function keptKeys(name: string) {
  const tag = `${prefix}{kept:${name}}:`;
  return {
    meta: `${tag}meta`,
    log: `${tag}log`,
    facts: `${tag}facts`,
    definitions: `${tag}definitions`,
    /** Hash: id to record. */
    records: `${tag}records`,
    lease: `${tag}lease`,
    channel: `${tag}written`,
  } as const;
}

/** The scheduler's name that one of {@link keptKeys} has; undefined for another key. */
export const keptNameOf = (key: string): string | undefined =>
  key.startsWith(`${prefix}{kept:`)
    ? key.slice(`${prefix}{kept:`.length, key.lastIndexOf("}"))
    : undefined;

/** Matches the channel of every cluster. */
export const channelPattern = `${prefix}{*}:changes`;

/** The cluster whose changes a channel announces; undefined when the channel is none of ours. */
export const clusterOfChannel = remembered((channel: string): ClusterArn | undefined => {
  const tag = channel.slice(channel.indexOf("{") + 1, channel.lastIndexOf("}"));
  const [partition, region, account, name] = tag.split(":");
  const arn = `arn:${partition}:ecs:${region}:${account}:cluster/${name}`;
  return parseEcsArn(arn) && clusterKeys(arn).channel === channel ? arn : undefined;
});
