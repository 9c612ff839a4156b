// What has happened in worlds, by name: branches of the planner, outcomes of calls, states of placements, answers to
// users. Read from facts, so that nothing in production counts for its sake. A run in which something never happened
// says so: what was not met was not tested.
import type { DecisionType } from "../daemon/decision.ts";
import type { StoredDaemon, StoredPlacement } from "./checkers/scene.ts";
import type { Checker, Fact, FactOf } from "./facts.ts";

/** What a plan said of an instance, told by the words that people read. */
const reasons: readonly (readonly [name: string, words: RegExp])[] = [
  ["verdict running", /^its task is (?!UNHEALTHY)[A-Z]+$/],
  ["verdict unhealthy", /its task is UNHEALTHY/],
  ["verdict completed", /its task has succeeded/],
  ["verdict none", /it has no task|it is to run once/],
  ["verdict pending", /asked for and is not seen yet/],
  ["verdict stopping", /still stopping|its task is stopping/],
  ["verdict stop waits", /waits for its turn to be asked for again/],
  ["verdict backoff", /^the last (start|run) failed.*[^s]$/],
  ["verdict waits for change", /waits until the instance changes/],
  ["verdict disconnected", /the agent is not connected/],
  ["verdict surge", /a new task (runs|starts|was asked for) beside|is not healthy yet beside/],
  [
    "verdict turn",
    /waits for its turn in the rollout|new one fails where it was tried|until enough others/,
  ],
  ["verdict canary", /waits to be promoted/],
  ["verdict blocked", /leaves no room to stop the old one first/],
  ["verdict surplus", /more than one task of this daemon/],
  ["verdict not selected", /the selector does not select it/],
  ["verdict deleting", /the daemon is being removed/],
  ["verdict draining", /is DRAINING/],
  ["verdict not triggered", /it runs when the container instance starts draining/],
  ["verdict paused", /the daemon is paused/],
];

/** Why the scheduler stopped a task, in the words that it gave to ECS. */
const stops: readonly (readonly [name: string, words: RegExp])[] = [
  ["stop outdated", /the task is of an earlier revision/],
  ["stop after surge", /the new task is healthy/],
  ["stop to make room", /which goes first/],
  ["stop surplus", /more than one task/],
  ["stop not selected", /does not select it/],
  ["stop deleting", /is being removed/],
  ["stop draining", /nothing else runs there/],
  ["stop again", /is stopping|is still stopping/],
];

const decisions: readonly DecisionType[] = [
  "START",
  "STOP",
  "REFUSE",
  "UNKNOWN",
  "LOOKUP",
  "SUCCEED",
  "FAIL",
  "COMPLETE",
  "READY",
  "UNREADY",
  "DRAIN",
  "RELEASE",
  "REMOVE",
  "REGISTER",
  "UPDATE",
  "ROLLBACK",
  "PROMOTE",
  "PAUSE",
  "RESUME",
  "RERUN",
  "DEREGISTER",
];

const causes = ["RESOURCE", "AGENT", "CALL", "THROTTLED", "UNSEEN", "TASK", "INACTIVE"] as const;
const verbs = ["register", "update", "rollback", "promote", "pause", "resume", "rerun"] as const;

/** Everything that is looked for. */
export const whatCanHappen: readonly string[] = [
  ...reasons.map(([name]) => name),
  ...stops.map(([name]) => name),
  ...decisions.map((type) => `decision ${type}`),
  ...causes.map((cause) => `start failed by ${cause}`),
  ...["PENDING", "STARTING", "FAILED", "SUCCEEDED", "SKIPPED"].map((state) => `run ${state}`),
  ...["ACTIVE", "ROLLING_OUT", "STUCK", "FAILING", "PAUSED", "DELETING"].map(
    (phase) => `phase ${phase}`,
  ),
  ...["StartTask", "RunTask", "StopTask"].flatMap((operation) =>
    ["ok", "refused", "throttled", "failed", "not heard of"].map((how) => `${operation} ${how}`),
  ),
  ...[...verbs, "deregister"].map((verb) => `answer ok to ${verb}Daemon`),
  ...["CONFLICT", "BAD_USER_INPUT", "NOT_FOUND"].map((code) => `answer ${code}`),
  "a night, and events late by hours",
  "dry run",
  "answer lost",
  "canary",
  "revision settled",
  "revision taken back",
  "daemon registered again",
  "instance emptied, and without room",
  "start looked up twice",
  "stop refused",
  "write fenced",
  "write in conflict",
  "lease taken over",
  "Redis lost its last writes",
  "client token used again",
  "hook held",
  "entity removed from the store",
];

/** By what operations Auto Scaling is told to wait and to go on. */
const holding = "RecordLifecycleActionHeartbeat";

interface Skipping {
  readonly skip: readonly { readonly reason: string }[];
}

const isPlan = (value: unknown): value is Skipping =>
  typeof value === "object" && value !== null && "skip" in value && Array.isArray(value.skip);

export interface Coverage extends Checker {
  readonly counts: ReadonlyMap<string, number>;
}

export function createCoverage(): Coverage {
  const counts = new Map<string, number>();
  const count = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  const registered = new Set<string>();
  const holders = new Map<string, string>();
  const executed = new Map<number, FactOf<"executed">>();
  const mutations = new Map<number, FactOf<"asked">>();

  function countWords(all: typeof reasons, said: string): void {
    for (const [name, words] of all) if (words.test(said)) count(name);
  }

  function changed({ entity, id, cluster, before, after }: FactOf<"change">): void {
    if ((entity === "i" || entity === "t") && after === undefined)
      count("entity removed from the store");
    if (entity === "d" && after !== undefined) daemonChanged(`${cluster} ${id}`, before, after);
    if (entity !== "p" || after === undefined) return;
    const placement: StoredPlacement = JSON.parse(after);
    const { generation, state, cause, lookups = 0, emptied, stop } = placement;
    if (generation > 0) count(`run ${state}`);
    if (state === "FAILED" && cause !== undefined) count(`start failed by ${cause}`);
    if (emptied && cause === "RESOURCE") count("instance emptied, and without room");
    if (lookups > 1) count("start looked up twice");
    if (stop?.failures !== undefined) count("stop refused");
  }

  function daemonChanged(key: string, before: string | undefined, after: string): void {
    const is: StoredDaemon = JSON.parse(after);
    if (before === undefined) {
      if (registered.has(key)) count("daemon registered again");
      registered.add(key);
      return;
    }
    const was: StoredDaemon = JSON.parse(before);
    const isNew = is.revision !== was.revision;
    if (isNew && is.rollout.canaryPercent > 0 && is.promotedRevision !== is.revision)
      count("canary");
    if (is.rolledBack?.revision === was.revision && isNew) count("revision taken back");
    if (!isNew && is.stableRevision !== was.stableRevision) count("revision settled");
  }

  function called(fact: FactOf<"executed">): void {
    const { request, outcome, started } = fact;
    const { operation, reason = "", clientToken } = request;
    if (operation === holding) count("hook held");
    if (!["StartTask", "RunTask", "StopTask"].includes(operation)) return;
    count(`${operation} ${outcome}`);
    executed.set(request.callId, fact);
    if (operation === "StopTask") countWords(stops, reason);
    if (clientToken !== undefined && outcome === "ok" && started?.length === 0)
      count("client token used again");
  }

  function answered({ callId, outcome }: FactOf<"answered">): void {
    const done = executed.get(callId);
    if (done?.outcome === "ok" && outcome !== "ok") count(`${done.request.operation} not heard of`);
  }

  function told({ ask, outcome, code, answer }: FactOf<"told">): void {
    const asked = mutations.get(ask);
    const plan = answer?.["plan"];
    if (isPlan(plan)) for (const { reason } of plan.skip) countWords(reasons, reason);
    if (outcome === "lost") count("answer lost");
    if (outcome === "error") count(`answer ${code}`);
    if (outcome !== "ok" || !asked) return;
    if (asked.dryRun) count("dry run");
    else count(`answer ok to ${asked.mutation}`);
  }

  function leased({ change, cluster, purpose, process }: FactOf<"lease">): void {
    if (change !== "taken" || purpose !== "schedule") return;
    const before = holders.get(cluster);
    if (before !== undefined && before !== process) count("lease taken over");
    holders.set(cluster, process);
  }

  function hear(fact: Fact): readonly [] {
    if (fact.kind === "decision") {
      count(`decision ${fact.decision.type}`);
      countWords(reasons, fact.decision.reason);
    } else if (fact.kind === "change") changed(fact);
    else if (fact.kind === "executed") called(fact);
    else if (fact.kind === "answered") answered(fact);
    else if (fact.kind === "asked") mutations.set(fact.ask, fact);
    else if (fact.kind === "told") told(fact);
    else if (fact.kind === "phase" && fact.phase === "night")
      count("a night, and events late by hours");
    else if (fact.kind === "lease") leased(fact);
    else if (fact.kind === "store") {
      if (fact.outcome === "fenced") count("write fenced");
      if (fact.outcome === "conflict") count("write in conflict");
    } else if (fact.kind === "looked") {
      count(`phase ${fact.phase}`);
      for (const { reason } of fact.placements) countWords(reasons, reason);
    } else if (fact.kind === "redis" && fact.lostSince !== undefined)
      count("Redis lost its last writes");
    return [];
  }
  return { name: "coverage", counts, hear };
}
