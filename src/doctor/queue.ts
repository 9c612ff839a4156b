// Whether the queue is there and Longshore may work on it. Takes no message: a receive, even one that hides nothing,
// counts towards the redrive policy and could send a message to the dead letters.
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { isObject } from "../ecs/json.ts";
import { sqsEndpoint } from "../sqs/sqs-client.ts";
import { arnFor, attempt, judgeFault } from "./attempt.ts";
import type { Permission, Surroundings } from "./attempt.ts";
import { within } from "./deadline.ts";
import { classify, remedy } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { regionOfQueueUrl } from "./region.ts";

type Attributes = Readonly<Record<string, string>>;

const isUrl = (queue: string): boolean => queue.includes("://");
const nameOf = (queue: string): string => queue.slice(queue.lastIndexOf("/") + 1);

function permissionFor(
  queue: string,
  action: string,
  without: string,
  surroundings: Surroundings,
): Permission {
  return { service: "SQS", action, resource: arnFor(surroundings, "sqs", nameOf(queue)), without };
}

/** A URL of another region cannot work: requests are signed for one region. */
export function judgeQueueRegion(queue: string, region: string): Finding | undefined {
  const theirs = isUrl(queue) ? regionOfQueueUrl(queue) : undefined;
  if (theirs === undefined || theirs === region) return undefined;
  return fail(
    `queue ${nameOf(queue)}`,
    `LONGSHORE_QUEUE is in ${theirs}, and the region is ${region}; its permissions were not tried`,
    `set AWS_REGION=${theirs}, or LONGSHORE_QUEUE to a queue in ${region}`,
  );
}

function judgeQueueFault(
  fault: Fault,
  queue: string,
  permission: Permission,
  surroundings: Surroundings,
  isHostOfUrl: boolean,
): Finding {
  const { region, account, environment } = surroundings;
  if (/QueueDoesNotExist|NonExistentQueue/.test(fault.name)) {
    const where = account === undefined ? region : `${region} of account ${account}`;
    const create = `create it with a rule that sends it source "aws.ecs" events (aws sqs create-queue --queue-name ${nameOf(queue)})`;
    return fail(
      `queue ${nameOf(queue)}`,
      `there is no such queue in ${where}`,
      `${create}, or set LONGSHORE_QUEUE to the name or URL of the one that has them`,
    );
  }
  if (fault.kind === "denied") return judgeFault(fault, permission, surroundings);
  const fix =
    isHostOfUrl && (fault.kind === "unreachable" || fault.kind === "notAws")
      ? "check the host in LONGSHORE_QUEUE, and the network"
      : remedy(fault, "SQS", environment);
  return fail(`queue ${nameOf(queue)}`, `it could not be looked at: ${fault.said}`, fix);
}

/** Fewer tries than this, and a worker that dies once or twice loses good messages. */
const receivesMin = 3;

export function judgeRedrive(queue: string, policy: string | undefined): Finding {
  const what = `redrive policy of queue ${nameOf(queue)}`;
  const how =
    "add one: create a queue for dead letters, then aws sqs set-queue-attributes with " +
    'RedrivePolicy={"deadLetterTargetArn":"ARN of that queue","maxReceiveCount":"5"}';
  if (policy === undefined || policy === "")
    return warn(
      what,
      "it has none: a message that cannot be understood is dropped from the queue, and only a cut copy stays in Redis",
      how,
    );
  const { deadLetterTargetArn, maxReceiveCount } = parsePolicy(policy);
  const receives = Number(maxReceiveCount);
  if (typeof deadLetterTargetArn !== "string")
    return warn(what, `it cannot be read: ${policy}`, how);
  if (receives < receivesMin)
    return warn(
      what,
      `maxReceiveCount is ${receives}: good messages go to ${deadLetterTargetArn} when a worker is killed`,
      "raise maxReceiveCount to 5",
    );
  return ok(what, `after ${receives} receives to ${deadLetterTargetArn}`);
}

function parsePolicy(policy: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(policy);
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

export function judgeAttributes(queue: string, url: string, attributes: Attributes): Finding {
  const waiting = attributes["ApproximateNumberOfMessages"] ?? "?";
  const inFlight = attributes["ApproximateNumberOfMessagesNotVisible"] ?? "?";
  const key = attributes["KmsMasterKeyId"];
  const encrypted = key ? `; encrypted, which needs kms:Decrypt on ${key}` : "";
  return ok(
    `queue ${nameOf(queue)}`,
    `${url}, ${waiting} messages wait, ${inFlight} in flight${encrypted}`,
  );
}

const refusesZero = ({ name, said }: Fault): boolean =>
  /InvalidParameterValue|ReadCountOutOfRange/.test(`${name} ${said}`);
const refusesHandle = ({ name }: Fault): boolean =>
  /ReceiptHandleIsInvalid|InvalidParameterValue|MessageNotInflight|NonExistentReceipt/.test(name);

/** Calls that SQS cannot carry out: none can reach a message, and without permission they are denied. */
async function tryMessagePermissions(
  sqs: SQSClient,
  queue: string,
  QueueUrl: string,
  surroundings: Surroundings,
): Promise<readonly Finding[]> {
  const receiving = await attempt(
    surroundings,
    permissionFor(queue, "sqs:ReceiveMessage", "no event is read", surroundings),
    "not denied (asked for 0 messages, so that none was touched)",
    (abortSignal) =>
      sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 0, VisibilityTimeout: 0 }),
        {
          abortSignal,
        },
      ),
    refusesZero,
  );
  const deleting = await attempt(
    surroundings,
    permissionFor(queue, "sqs:DeleteMessage", "every event is read again and again", surroundings),
    "not denied (asked with a receipt handle that stands for no message)",
    (abortSignal) =>
      sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: "longshore-doctor" }), {
        abortSignal,
      }),
    refusesHandle,
  );
  const hiding = await attempt(
    surroundings,
    permissionFor(
      queue,
      "sqs:ChangeMessageVisibility",
      "messages that cannot be read, or take long to store, are received again early",
      surroundings,
    ),
    "not denied (asked with a receipt handle that stands for no message)",
    (abortSignal) =>
      sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl,
          ReceiptHandle: "longshore-doctor",
          VisibilityTimeout: 0,
        }),
        { abortSignal },
      ),
    refusesHandle,
  );
  return [receiving.finding, deleting.finding, hiding.finding];
}

/** Looks the queue up by name or URL, reads its attributes, tries what ingest does with it. */
export async function checkQueue(
  sqs: SQSClient,
  queue: string,
  surroundings: Surroundings,
): Promise<readonly Finding[]> {
  const elsewhere = judgeQueueRegion(queue, surroundings.region);
  if (elsewhere) return [elsewhere];
  const findings: Finding[] = [];
  const found = isUrl(queue)
    ? { url: queue, findings: [] }
    : await findUrl(sqs, queue, surroundings);
  findings.push(...found.findings);
  if (found.url === undefined) return findings;
  const read = await readAttributes(sqs, queue, found.url, surroundings);
  findings.push(...read.findings);
  if (!read.reachable) return findings;
  return [...findings, ...(await tryMessagePermissions(sqs, queue, found.url, surroundings))];
}

async function findUrl(
  sqs: SQSClient,
  queue: string,
  surroundings: Surroundings,
): Promise<{ url: string | undefined; findings: readonly Finding[] }> {
  const without = "the queue is not found by its name (its URL in LONGSHORE_QUEUE does without)";
  const permission = permissionFor(queue, "sqs:GetQueueUrl", without, surroundings);
  try {
    const { QueueUrl: url } = await within(surroundings.clock, (abortSignal) =>
      sqs.send(new GetQueueUrlCommand({ QueueName: queue }), { abortSignal }),
    );
    if (!url) throw new Error("SQS told no URL for the queue");
    return {
      url,
      findings: [ok("permission sqs:GetQueueUrl", "the queue's name stands for a URL")],
    };
  } catch (error) {
    const finding = judgeQueueFault(classify(error), queue, permission, surroundings, false);
    return { url: undefined, findings: [finding] };
  }
}

/** `reachable` is false when asking anything else of the queue would fail the same way. */
async function readAttributes(
  sqs: SQSClient,
  queue: string,
  url: string,
  surroundings: Surroundings,
): Promise<{ reachable: boolean; findings: readonly Finding[] }> {
  const without = "neither the backlog nor the redrive policy is known";
  const permission = permissionFor(queue, "sqs:GetQueueAttributes", without, surroundings);
  try {
    const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] });
    const { Attributes = {} } = await within(surroundings.clock, (abortSignal) =>
      sqs.send(command, { abortSignal }),
    );
    const findings = [
      judgeAttributes(queue, url, Attributes),
      ok("permission sqs:GetQueueAttributes", "the attributes were read"),
      judgeRedrive(queue, Attributes["RedrivePolicy"]),
    ];
    return { reachable: true, findings };
  } catch (error) {
    const fault = classify(error);
    // The host that a queue's URL names is called, unless an endpoint is set.
    const isSet = (await sqsEndpoint(sqs).catch(() => undefined)) !== undefined;
    const isHostOfUrl = isUrl(queue) && !isSet;
    const finding = judgeQueueFault(fault, queue, permission, surroundings, isHostOfUrl);
    return { reachable: fault.kind === "denied", findings: [finding] };
  }
}
