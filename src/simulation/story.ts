// The story of one world as text: a line for each fact, with the time since the world began. Pure.
import { decodePlacement } from "../daemon/record.ts";
import { clusterName } from "../ecs/arn.ts";
import type { AwsRequest, ChangeFact, Fact } from "./facts.ts";

/** Facts that happen all the time and tell little. */
export function isTold(fact: Fact): boolean {
  if (fact.kind === "lease") return fact.change === "taken" || fact.change === "released";
  if (fact.kind === "store") return fact.outcome !== "ok" && fact.outcome !== "written";
  if (fact.kind === "answered") return fact.outcome !== "ok";
  if (fact.kind === "sent" || fact.kind === "executed")
    return !/^(List|Describe)/.test(fact.request.operation);
  return fact.kind !== "tokens";
}

const short = (id: string | undefined): string =>
  id === undefined ? "?" : id.slice(-32).slice(0, 8);
const json = (value: unknown): string => JSON.stringify(value);

function requestInWords({
  callId,
  operation,
  startedBy,
  containerInstances,
  task,
  reason,
}: AwsRequest) {
  const on = containerInstances?.length ? ` on ${containerInstances.map(short).join(", ")}` : "";
  const what = task === undefined ? "" : ` ${short(task)}`;
  return `call ${callId} ${operation}${what}${on}${startedBy ? ` as ${startedBy}` : ""}${reason ? ` (${reason})` : ""}`;
}

const entities = {
  t: "task",
  i: "instance",
  d: "daemon",
  p: "placement",
  f: "definition",
} as const;

function changeInWords({ entity, id, before, after, seq, cluster }: ChangeFact): string {
  const what = `${entities[entity]} ${entity === "t" || entity === "i" ? short(id) : id}`;
  const how = after === undefined ? "removed" : before === undefined ? "added" : "changed";
  const placed = entity === "p" && after !== undefined ? ` ${placementInWords(after)}` : "";
  return `store  ${clusterName(cluster)} ${seq}: ${what} ${how}${placed}`;
}

function placementInWords(record: string): string {
  const { state, launchId, taskArn, attempts, reason, stop } = decodePlacement(record);
  const stopping = stop === undefined ? "" : ` stopping ${short(stop.taskArn)}`;
  return `${state} launch ${launchId} task ${short(taskArn)} attempts ${attempts}${stopping}${reason ? ` (${reason})` : ""}`;
}

/** One line, without its time. */
function inWords(fact: Fact): string {
  switch (fact.kind) {
    case "drawn":
      return `world ${fact.seed}: ${Object.entries(fact.what)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ")}`;
    case "phase":
      return `--- ${fact.phase}`;
    case "process":
      return `${fact.process} ${fact.life}${fact.detail ? `: ${fact.detail}` : ""}`;
    case "fault":
      return `! ${fact.fault}: ${fact.target}${fact.detail ? ` (${fact.detail})` : ""}`;
    case "said": {
      const { task, agentConnected } = fact;
      const more = task
        ? `${task.desiredStatus} on ${short(task.containerInstance)} ${task.group ?? ""} ${task.startedBy ?? ""}${task.stoppedReason ? ` (${task.stoppedReason})` : ""}`
        : agentConnected
          ? ""
          : "without agent";
      return `ecs    ${entities[fact.entity]} ${short(fact.id)} v${fact.version} ${fact.status} ${more}`;
    }
    case "sent":
      return `${fact.request.process} sends ${requestInWords(fact.request)}`;
    case "executed": {
      const { started = [], failures = [], error } = fact;
      const did = started.map(
        ({ task, containerInstance }) => `${short(task)} on ${short(containerInstance)}`,
      );
      const not = failures.map(
        ({ containerInstance, reason }) => `${reason} on ${short(containerInstance)}`,
      );
      return `ecs    executes call ${fact.request.callId}: ${[error ?? fact.outcome, ...did, ...not].join(", ")}`;
    }
    case "answered":
      return `${fact.process} hears of call ${fact.callId}: ${fact.outcome}`;
    case "tokens":
      return `${fact.process} gets ${fact.granted} tokens for ${fact.callClass}`;
    case "change":
      return `${changeInWords(fact)} by ${fact.process}`;
    case "store":
      return `store  ${fact.method} of ${fact.process}: ${fact.outcome}`;
    case "lease":
      return `store  lease to ${fact.purpose} ${fact.change} by ${fact.process}: ${fact.lease}`;
    case "redis":
      return `redis  ${fact.life}${fact.lostSince === undefined ? "" : ", the last writes lost"}`;
    case "decision": {
      const { type, task, containerInstance, reason } = fact.decision;
      return `${fact.process} decides ${type} for ${fact.daemon}: ${task ? `task ${short(task)} ` : ""}${containerInstance ? `on ${short(containerInstance)} ` : ""}${reason}`;
    }
    case "asked":
      return `${fact.user} asks ${fact.process} (${fact.ask}): ${fact.mutation}${fact.dryRun ? " dry" : ""} ${json(fact.input)}`;
    case "told":
      return `answer ${fact.ask}: ${fact.outcome} ${fact.code ?? ""} ${fact.message ?? ""}`;
    case "looked": {
      const states = fact.placements.map(({ state }) => state);
      return `${fact.user} sees ${fact.daemon} through ${fact.process}: ${fact.phase}, ${states.join(" ")}`;
    }
    case "subscriber":
      return `${fact.subscriber} on ${fact.process}: ${fact.event} ${fact.code ?? ""} ${fact.cursor ?? ""} ${json(fact.message ?? {})}`;
    case "noted":
      return `${fact.process} says: ${fact.text}`;
    case "logged":
      return `${fact.process} logs ${fact.level}: ${fact.message} ${json(fact.about)}`;
  }
}

/** A line of the story. `from`: when the world began. */
export function line(fact: Fact, from: number): string {
  return `${((fact.at - from) / 1000).toFixed(3).padStart(9)}  ${inWords(fact).trimEnd()}`;
}
