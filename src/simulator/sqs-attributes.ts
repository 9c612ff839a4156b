// Queue attributes as SQS spells them: text in, text out. Pure.
import { isObject } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { SqsQueue } from "./sqs-queue.ts";
import { invalidAttributeName, invalidValue } from "./sqs-refusal.ts";

const keptOnly = new Set([
  "Policy",
  "KmsMasterKeyId",
  "KmsDataKeyReusePeriodSeconds",
  "SqsManagedSseEnabled",
  "RedriveAllowPolicy",
]);

function wholeNumber(name: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least || number > most)
    throw invalidValue(`Invalid value for the parameter ${name}.`);
  return number;
}

function readRedrive(value: string): SqsQueue["attributes"]["redrive"] {
  if (value === "") return undefined;
  const refuse = () => invalidValue("Value for parameter RedrivePolicy is invalid.");
  let policy: unknown;
  try {
    policy = JSON.parse(value);
  } catch {
    throw refuse();
  }
  if (!isObject(policy)) throw refuse();
  const { deadLetterTargetArn, maxReceiveCount } = policy;
  if (typeof deadLetterTargetArn !== "string") throw refuse();
  const count = wholeNumber("RedrivePolicy", String(maxReceiveCount), 1, 1000);
  return { deadLetterTargetArn, maxReceiveCount: count };
}

/** Changes the attributes that the request names. Throws a refusal and changes nothing when one is wrong. */
export function setAttributes(queue: SqsQueue, given: JsonObject): void {
  const changes: (() => void)[] = [];
  const { attributes } = queue;
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== "string") throw invalidValue(`Invalid value for the parameter ${name}.`);
    switch (name) {
      case "VisibilityTimeout": {
        const seconds = wholeNumber(name, value, 0, 43_200);
        changes.push(() => (attributes.visibilityTimeoutSeconds = seconds));
        break;
      }
      case "MessageRetentionPeriod": {
        const seconds = wholeNumber(name, value, 60, 1_209_600);
        changes.push(() => (attributes.retentionSeconds = seconds));
        break;
      }
      case "DelaySeconds": {
        const seconds = wholeNumber(name, value, 0, 900);
        changes.push(() => (attributes.delaySeconds = seconds));
        break;
      }
      case "ReceiveMessageWaitTimeSeconds": {
        const seconds = wholeNumber(name, value, 0, 20);
        changes.push(() => (attributes.receiveWaitSeconds = seconds));
        break;
      }
      case "MaximumMessageSize": {
        const size = wholeNumber(name, value, 1024, 1_048_576);
        changes.push(() => (attributes.maximumMessageSize = size));
        break;
      }
      case "RedrivePolicy": {
        const redrive = readRedrive(value);
        changes.push(() => (attributes.redrive = redrive));
        break;
      }
      default:
        if (!keptOnly.has(name)) throw invalidAttributeName(name);
        changes.push(() => attributes.others.set(name, value));
    }
  }
  for (const change of changes) change();
}

/** All attributes of a queue by name. */
export function allAttributes(queue: SqsQueue, now: number): Record<string, string> {
  const { attributes } = queue;
  const counts = queue.counts(now);
  const created = String(Math.floor(queue.createdAt / 1000));
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    CreatedTimestamp: created,
    LastModifiedTimestamp: created,
    VisibilityTimeout: String(attributes.visibilityTimeoutSeconds),
    MaximumMessageSize: String(attributes.maximumMessageSize),
    MessageRetentionPeriod: String(attributes.retentionSeconds),
    DelaySeconds: String(attributes.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(attributes.receiveWaitSeconds),
    SqsManagedSseEnabled: "true",
    ...(attributes.redrive ? { RedrivePolicy: JSON.stringify(attributes.redrive) } : {}),
    ...Object.fromEntries(attributes.others),
  };
}
