// The SQS calls that answer at once: everything but ReceiveMessage. Reads requests as SQS does and refuses what it would.
import { isObject, number, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import { allAttributes, setAttributes } from "./sqs-attributes.ts";
import type { HandleOutcome, SqsQueue } from "./sqs-queue.ts";
import type { QueueSet } from "./sqs-queues.ts";
import {
  batchError,
  invalidAttributeName,
  invalidContents,
  invalidHandle,
  invalidValue,
  missing,
  noSuchQueue,
  notInFlight,
  queueExists,
  SqsRefusal,
} from "./sqs-refusal.ts";

type Answer = Readonly<Record<string, unknown>>;

export interface SqsContext {
  readonly queues: QueueSet;
  readonly now: number;
  /** URL of a queue by its name. */
  readonly urlOf: (name: string) => string;
}

type SqsOperation = (context: SqsContext, request: JsonObject) => Answer;

const batchBytesLimit = 1_048_576;

function requiredText(request: JsonObject, name: string): string {
  const value = text(request, name);
  if (value === undefined) throw missing(name);
  return value;
}

/** The queue of the request's QueueUrl, whatever host the URL names. */
export function requestedQueue({ queues }: SqsContext, request: JsonObject): SqsQueue {
  const url = requiredText(request, "QueueUrl");
  const queue = queues.queues.get(url.slice(url.lastIndexOf("/") + 1));
  if (!queue) throw noSuchQueue();
  return queue;
}

/** A number in a range; undefined when the request has none. */
export function rangedNumber(
  request: JsonObject,
  name: string,
  least: number,
  most: number,
): number | undefined {
  if (request[name] === undefined || request[name] === null) return undefined;
  const value = number(request, name);
  if (value === undefined || !Number.isInteger(value) || value < least || value > most)
    throw invalidValue(
      `Value for parameter ${name} is invalid. Reason: Must be between ${least} and ${most}.`,
    );
  return value;
}

// Characters that XML 1.0 cannot carry; SQS refuses them.
// oxlint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

function sendOne({ now }: SqsContext, queue: SqsQueue, request: JsonObject): Answer {
  const body = requiredText(request, "MessageBody");
  if (Buffer.byteLength(body) > queue.attributes.maximumMessageSize)
    throw invalidValue(
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.attributes.maximumMessageSize} bytes.`,
    );
  if (forbidden.test(body)) throw invalidContents();
  const attributes = request["MessageAttributes"];
  const message = queue.send(now, body, {
    delaySeconds: rangedNumber(request, "DelaySeconds", 0, 900),
    attributes: isObject(attributes) ? attributes : undefined,
  });
  return { MessageId: message.id, MD5OfMessageBody: message.md5 };
}

function batchEntries(request: JsonObject): readonly JsonObject[] {
  const entries = request["Entries"];
  if (!Array.isArray(entries) || entries.length === 0)
    throw batchError("EmptyBatchRequest", "There should be at least one entry in the request.");
  if (entries.length > 10)
    throw batchError(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    );
  const all = entries.filter(isObject);
  const ids = all.map((entry) => requiredText(entry, "Id"));
  if (ids.some((id) => !/^[\w-]{1,80}$/.test(id)))
    throw batchError("InvalidBatchEntryId", "A batch entry id can have letters, numbers, - and _.");
  if (new Set(ids).size < ids.length)
    throw batchError("BatchEntryIdsNotDistinct", "Two entries have the same id.");
  return all;
}

/** Does each entry by itself: one that is refused fails alone. */
function batch(request: JsonObject, each: (entry: JsonObject) => Answer): Answer {
  const Successful: Answer[] = [];
  const Failed: Answer[] = [];
  for (const entry of batchEntries(request)) {
    const Id = entry["Id"];
    try {
      Successful.push({ Id, ...each(entry) });
    } catch (error) {
      if (!(error instanceof SqsRefusal)) throw error;
      Failed.push({ Id, SenderFault: true, Code: error.queryCode, Message: error.message });
    }
  }
  return Failed.length > 0 ? { Successful, Failed } : { Successful };
}

function checked(outcome: HandleOutcome): Answer {
  if (outcome === "invalid") throw invalidHandle();
  if (outcome === "notInFlight") throw notInFlight();
  return {};
}

const deleteOne = (queue: SqsQueue, request: JsonObject) =>
  checked(queue.delete(requiredText(request, "ReceiptHandle")));

function changeOne({ now }: SqsContext, queue: SqsQueue, request: JsonObject): Answer {
  const seconds = rangedNumber(request, "VisibilityTimeout", 0, 43_200);
  if (seconds === undefined) throw missing("VisibilityTimeout");
  return checked(queue.changeVisibility(now, requiredText(request, "ReceiptHandle"), seconds));
}

function createQueue(context: SqsContext, request: JsonObject): Answer {
  const name = requiredText(request, "QueueName");
  if (!/^[\w-]{1,80}$/.test(name))
    throw invalidValue(
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
  const given = isObject(request["Attributes"]) ? request["Attributes"] : {};
  const existing = context.queues.queues.get(name);
  if (existing) {
    const has = allAttributes(existing, context.now);
    for (const [key, value] of Object.entries(given)) if (has[key] !== value) throw queueExists();
    return { QueueUrl: context.urlOf(name) };
  }
  const queue = context.queues.create(name);
  try {
    setAttributes(queue, given);
  } catch (error) {
    context.queues.remove(name);
    throw error;
  }
  readTags(request["tags"]).forEach(([key, value]) => queue.tags.set(key, value));
  return { QueueUrl: context.urlOf(name) };
}

function readTags(tags: unknown): [string, string][] {
  return isObject(tags) ? Object.entries(tags).map(([key, value]) => [key, String(value)]) : [];
}

function getAttributes(context: SqsContext, request: JsonObject): Answer {
  const all = allAttributes(requestedQueue(context, request), context.now);
  const names = request["AttributeNames"];
  if (!Array.isArray(names) || names.length === 0) return {};
  if (names.includes("All")) return { Attributes: all };
  const known = new Set([
    ...Object.keys(all),
    "RedrivePolicy",
    "Policy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
  ]);
  for (const name of names) if (!known.has(name)) throw invalidAttributeName(String(name));
  return {
    Attributes: Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name))),
  };
}

function listQueues(context: SqsContext, request: JsonObject): Answer {
  const prefix = text(request, "QueueNamePrefix") ?? "";
  const names = [...context.queues.queues.keys()]
    .filter((name) => name.startsWith(prefix))
    .toSorted();
  const from = Number(text(request, "NextToken") ?? 0);
  const most = rangedNumber(request, "MaxResults", 1, 1000) ?? 1000;
  const shown = names.slice(from, from + most);
  const QueueUrls = shown.length > 0 ? shown.map(context.urlOf) : undefined;
  return from + most < names.length ? { QueueUrls, NextToken: String(from + most) } : { QueueUrls };
}

/** Moves dead letters back to the queues they came from (or to one that the request names), at once. */
function moveMessages(context: SqsContext, request: JsonObject): Answer {
  const sourceArn = requiredText(request, "SourceArn");
  const { queues } = context.queues;
  const find = (arn: string) => [...queues.values()].find((queue) => queue.arn === arn);
  const source = find(sourceArn);
  const target = text(request, "DestinationArn");
  const destination = target
    ? find(target)
    : [...queues.values()].find(
        ({ attributes }) => attributes.redrive?.deadLetterTargetArn === sourceArn,
      );
  if (!source || !destination)
    throw new SqsRefusal(
      "com.amazonaws.sqs#ResourceNotFoundException",
      "ResourceNotFoundException",
      "The resource that you specified for the SourceArn parameter doesn't exist.",
    );
  for (;;) {
    const received = source.receive(context.now, 10, undefined, undefined);
    if (received.length === 0) break;
    for (const { message, receiptHandle } of received) {
      destination.adopt(context.now, message);
      source.delete(receiptHandle);
    }
  }
  context.queues.arrived();
  return { TaskHandle: Buffer.from(`move:${sourceArn}`).toString("base64") };
}

function sendBatch(context: SqsContext, request: JsonObject): Answer {
  const queue = requestedQueue(context, request);
  const bytes = batchEntries(request).reduce(
    (sum, entry) => sum + Buffer.byteLength(text(entry, "MessageBody") ?? ""),
    0,
  );
  if (bytes > batchBytesLimit)
    throw batchError(
      "BatchRequestTooLong",
      `Batch requests cannot be longer than ${batchBytesLimit} bytes. You have sent ${bytes} bytes.`,
    );
  const answer = batch(request, (entry) => sendOne(context, queue, entry));
  context.queues.arrived();
  return answer;
}

export const sqsOperations: ReadonlyMap<string, SqsOperation> = new Map<string, SqsOperation>([
  ["CreateQueue", createQueue],
  ["ListQueues", listQueues],
  ["GetQueueAttributes", getAttributes],
  ["SendMessageBatch", sendBatch],
  ["StartMessageMoveTask", moveMessages],
  [
    "GetQueueUrl",
    (context, request) => {
      const name = requiredText(request, "QueueName");
      if (!context.queues.queues.has(name)) throw noSuchQueue();
      return { QueueUrl: context.urlOf(name) };
    },
  ],
  [
    "SetQueueAttributes",
    (context, request) => {
      const given = request["Attributes"];
      if (!isObject(given)) throw missing("Attributes");
      setAttributes(requestedQueue(context, request), given);
      return {};
    },
  ],
  [
    "SendMessage",
    (context, request) => {
      const answer = sendOne(context, requestedQueue(context, request), request);
      context.queues.arrived();
      return answer;
    },
  ],
  ["DeleteMessage", (context, request) => deleteOne(requestedQueue(context, request), request)],
  [
    "DeleteMessageBatch",
    (context, request) => {
      const queue = requestedQueue(context, request);
      return batch(request, (entry) => deleteOne(queue, entry));
    },
  ],
  [
    "ChangeMessageVisibility",
    (context, request) => {
      const answer = changeOne(context, requestedQueue(context, request), request);
      context.queues.arrived();
      return answer;
    },
  ],
  [
    "ChangeMessageVisibilityBatch",
    (context, request) => {
      const queue = requestedQueue(context, request);
      const answer = batch(request, (entry) => changeOne(context, queue, entry));
      context.queues.arrived();
      return answer;
    },
  ],
  [
    "PurgeQueue",
    (context, request) => {
      requestedQueue(context, request).purge();
      return {};
    },
  ],
  [
    "DeleteQueue",
    (context, request) => {
      context.queues.remove(requestedQueue(context, request).name);
      return {};
    },
  ],
  [
    "TagQueue",
    (context, request) => {
      const { tags } = requestedQueue(context, request);
      for (const [key, value] of readTags(request["Tags"])) tags.set(key, value);
      return {};
    },
  ],
  [
    "UntagQueue",
    (context, request) => {
      const { tags } = requestedQueue(context, request);
      const keys = request["TagKeys"];
      if (Array.isArray(keys)) for (const key of keys) tags.delete(String(key));
      return {};
    },
  ],
  [
    "ListQueueTags",
    (context, request) => ({ Tags: Object.fromEntries(requestedQueue(context, request).tags) }),
  ],
  [
    "ListDeadLetterSourceQueues",
    (context, request) => {
      const { arn } = requestedQueue(context, request);
      const sources = [...context.queues.queues.values()].filter(
        ({ attributes }) => attributes.redrive?.deadLetterTargetArn === arn,
      );
      return { queueUrls: sources.map(({ name }) => context.urlOf(name)) };
    },
  ],
]);
