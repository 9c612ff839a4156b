// What a message says: unwraps the envelope that an event travelled in and reads the event.
// Never throws on any text: what cannot be used is rejected with a reason, what is not tracked is ignored.
import { formatClusterArn, isClusterArn, parseEcsArn } from "./arn.ts";
import type { ClusterEvent } from "./cluster.ts";
import type { ContainerInstance } from "./container-instance.ts";
import { departureTypes, readDeparture } from "./departure.ts";
import type { Departure } from "./departure.ts";
import { readContainerInstance, readTask } from "./describe.ts";
import { isObject, objects, strings, text, time } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { Task } from "./task.ts";

/** Detail-types of ECS that say nothing of what Longshore keeps: the state that they lead to comes by other events. */
const untrackedTypes = [
  "ECS Hook State Change",
  "ECS Daemon Service Action",
  "ECS Daemon Deployment State Change",
  "AWS API Call via CloudTrail",
] as const;

/** What an ignored event is counted as: few and known, whatever ECS adds later. */
export type IgnoredKind =
  | (typeof untrackedTypes)[number]
  | "unknown detail-type"
  | "other source"
  | "SNS subscription"
  | "names no cluster"
  | "untracked cluster";

/** When a state change happened, ms since the epoch. */
interface Happened {
  readonly at: number | undefined;
  /** The same, for an event that comes again from an archive: the message is new, what it says is not. */
  readonly replayedAt?: number | undefined;
}

/**
 * The outcome of reading one event.
 * `ignored`: valid, but nothing that Longshore tracks. `rejected`: unusable; reading it again will not help.
 */
export type EcsEvent =
  | ({ readonly outcome: "task"; readonly task: Task } & Happened)
  | ({
      readonly outcome: "containerInstance";
      readonly containerInstance: ContainerInstance;
    } & Happened)
  | { readonly outcome: "clusterEvent"; readonly event: ClusterEvent }
  /** Of EC2 or Auto Scaling, when the rule sends those as well. */
  | { readonly outcome: "departure"; readonly departure: Departure }
  | { readonly outcome: "ignored"; readonly kind: IgnoredKind; readonly reason: string }
  | { readonly outcome: "rejected"; readonly reason: string };

/** Envelopes inside envelopes: SNS in a Lambda record in a pipe is three; more is nobody's set-up. */
const wrappingDepthMax = 4;

/** What EventBridge and SNS can be asked to carry in one message, several times over. */
const eventsPerMessageMax = 1000;

const rejected = (reason: string): EcsEvent => ({ outcome: "rejected", reason });
const ignored = (kind: IgnoredKind, reason: string): EcsEvent => ({
  outcome: "ignored",
  kind,
  reason,
});

/** Reads a message body: one event in the usual case, several when a pipe or a Lambda batched them. */
export function readMessage(body: string): readonly EcsEvent[] {
  return readText(body, 0);
}

const bigVersion = /"version"\s*:\s*\d{16}/;

/** ECS versions are 64 bit: JSON.parse rounds them above 2^53, so their digits are kept as text. */
function keepDigits(key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const rounded = key === "version" && typeof value === "number" && !Number.isSafeInteger(value);
  return rounded ? (context?.source ?? value) : value;
}

function readText(body: string, depth: number): readonly EcsEvent[] {
  if (depth > wrappingDepthMax) return [rejected("wrapped too deeply")];
  let value: unknown;
  try {
    value = bigVersion.test(body) ? JSON.parse(body, keepDigits) : JSON.parse(body);
  } catch {
    return [rejected("not JSON")];
  }
  return readValue(value, depth);
}

function readValue(value: unknown, depth: number): readonly EcsEvent[] {
  if (typeof value === "string") return readText(value, depth + 1);
  if (Array.isArray(value)) {
    if (value.length === 0 || value.length > eventsPerMessageMax || depth >= wrappingDepthMax)
      return [rejected("a list that holds no event, too many, or is nested too deeply")];
    return value.flatMap((item) => readValue(item, depth + 1));
  }
  if (!isObject(value)) return [rejected("not a JSON object")];
  const wrapped = unwrap(value);
  if (wrapped === "sns_control")
    return [ignored("SNS subscription", "an SNS subscription message")];
  if (wrapped !== undefined)
    return typeof wrapped === "string"
      ? readText(wrapped, depth + 1)
      : depth >= wrappingDepthMax
        ? [rejected("wrapped too deeply")]
        : readValue(wrapped, depth + 1);
  return [readEvent(value)];
}

/** The payload of an SNS notification, a Lambda or pipe record, or a batch of records. */
function unwrap(value: JsonObject): unknown {
  if (text(value, "Type") && text(value, "TopicArn")) {
    if (value["Type"] === "Notification" && typeof value["Message"] === "string")
      return value["Message"];
    return "sns_control";
  }
  if (Array.isArray(value["Records"])) return value["Records"];
  if (isObject(value["Sns"]) && typeof value["Sns"]["Message"] === "string")
    return value["Sns"]["Message"];
  if (value["eventSource"] === "aws:sqs" && typeof value["body"] === "string") return value["body"];
  if (isObject(value["requestPayload"]) && text(value, "version") === "1.0")
    return value["requestPayload"];
  return undefined;
}

function readEvent(event: JsonObject): EcsEvent {
  const detailType = text(event, "detail-type");
  if (detailType === undefined) return readBareDetail(event);
  const eventSource = text(event, "source");
  if (eventSource === undefined) return rejected("an event without a source");
  const detail = event["detail"];
  const isDeparture =
    (eventSource === "aws.ec2" && detailType === departureTypes.spot) ||
    (eventSource === "aws.autoscaling" && detailType === departureTypes.hook);
  if (isDeparture) {
    const read = isObject(detail) ? readDeparture(event, detail) : { problem: "no detail object" };
    return "problem" in read ? rejected(read.problem) : { outcome: "departure", ...read };
  }
  if (eventSource !== "aws.ecs") return ignored("other source", `an event of ${eventSource}`);
  const at = time(event, "time");
  const when = { at, replayedAt: text(event, "replay-name") === undefined ? undefined : at };
  switch (detailType) {
    case "ECS Task State Change":
      return isObject(detail) ? readTaskDetail(detail, when) : rejected("no detail object");
    case "ECS Container Instance State Change":
      return isObject(detail) ? readInstanceDetail(detail, when) : rejected("no detail object");
    case "ECS Service Action":
    case "ECS Deployment State Change":
    case "ECS Container Instance Health Change":
      return isObject(detail)
        ? readClusterEvent(event, detail, detailType)
        : rejected("no detail object");
    default: {
      const kind = untrackedTypes.find((each) => each === detailType) ?? "unknown detail-type";
      return ignored(kind, `${detailType} is not tracked`);
    }
  }
}

/** A rule with InputPath `$.detail` sends the detail alone: its ARNs still say everything that we need. */
function readBareDetail(detail: JsonObject): EcsEvent {
  if (text(detail, "taskArn") && text(detail, "lastStatus"))
    return readTaskDetail(detail, { at: undefined });
  if (text(detail, "containerInstanceArn") && detail["agentConnected"] !== undefined)
    return readInstanceDetail(detail, { at: undefined });
  return rejected("no detail-type, and not the detail of a state change");
}

function readTaskDetail(detail: JsonObject, when: Happened): EcsEvent {
  const read = readTask(detail);
  return "problem" in read
    ? rejected(read.problem)
    : { outcome: "task", task: read.entity, ...when };
}

function readInstanceDetail(detail: JsonObject, when: Happened): EcsEvent {
  const read = readContainerInstance(detail);
  return "problem" in read
    ? rejected(read.problem)
    : { outcome: "containerInstance", containerInstance: read.entity, ...when };
}

/** A deployment event names its cluster only in its service's ARN, which short ARNs do not carry. */
function clusterOf(event: JsonObject, detail: JsonObject): string | undefined {
  const named = text(detail, "clusterArn");
  if (named !== undefined) return isClusterArn(named) ? named : undefined;
  for (const resource of strings(event, "resources")) {
    const arn = parseEcsArn(resource);
    if (arn?.cluster !== undefined) return formatClusterArn(arn, arn.cluster);
  }
  return undefined;
}

function readClusterEvent(event: JsonObject, detail: JsonObject, detailType: string): EcsEvent {
  const id = text(event, "id");
  if (id === undefined) return rejected("an event without an id");
  const clusterArn = clusterOf(event, detail);
  if (clusterArn === undefined)
    return ignored("names no cluster", `${detailType} that names no cluster`);
  const unhealthy = objects(detail, "healthChecks").find((check) => check["status"] !== "OK");
  return {
    outcome: "clusterEvent",
    event: {
      id,
      clusterArn,
      detailType,
      eventType: text(detail, "eventType") ?? text(detail, "overallStatus"),
      eventName: text(detail, "eventName"),
      reason: text(detail, "reason") ?? (unhealthy && text(unhealthy, "statusReason")),
      resources: strings(event, "resources"),
      at: time(event, "time") ?? time(detail, "createdAt") ?? time(detail, "updatedAt") ?? 0,
    },
  };
}
