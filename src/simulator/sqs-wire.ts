// SQS over HTTP, AWS JSON 1.0: receives that may wait, all other calls at once, errors with the header of the older protocol.
import { isObject } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { Engine } from "./engine.ts";
import type { Exchange, Reply } from "./exchange.ts";
import { rangedNumber, requestedQueue, sqsOperations } from "./sqs-operations.ts";
import type { SqsContext } from "./sqs-operations.ts";
import type { Received } from "./sqs-queue.ts";
import { invalidValue, SqsRefusal, unknownOperation } from "./sqs-refusal.ts";

export const sqsTargetPrefix = "AmazonSQS.";

type Headers = Readonly<Record<string, string>>;

function reply(requestId: string, status: number, body: unknown, headers: Headers = {}): Reply {
  return {
    status,
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amzn-requestid": requestId,
      ...headers,
    },
    body: JSON.stringify(body),
  };
}

function errorReply(requestId: string, error: SqsRefusal): Reply {
  const body = { __type: error.type, message: error.message };
  return reply(requestId, 400, body, { "x-amzn-query-error": `${error.queryCode};Sender` });
}

function parse(body: string): JsonObject {
  try {
    const request: unknown = JSON.parse(body === "" ? "{}" : body);
    if (isObject(request)) return request;
  } catch {
    // Refused below, as every other body that is no object.
  }
  throw invalidValue("The request body is not a JSON object.");
}

function wantedNames(request: JsonObject, ...members: readonly string[]): ReadonlySet<unknown> {
  return new Set(
    members.flatMap((member) => {
      const names = request[member];
      return Array.isArray(names) ? names : [];
    }),
  );
}

/** The members of a received message that the request asked for. */
function messageWriter(request: JsonObject, senderId: string): (received: Received) => JsonObject {
  const system = wantedNames(request, "MessageSystemAttributeNames", "AttributeNames");
  const custom = wantedNames(request, "MessageAttributeNames");
  const wantsAll = system.has("All");
  return ({ message, receiptHandle }) => {
    const all = {
      SenderId: senderId,
      SentTimestamp: String(message.sentAt),
      ApproximateReceiveCount: String(message.receiveCount),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
    };
    const Attributes = wantsAll
      ? all
      : Object.fromEntries(Object.entries(all).filter(([name]) => system.has(name)));
    return {
      MessageId: message.id,
      ReceiptHandle: receiptHandle,
      MD5OfBody: message.md5,
      Body: message.body,
      ...(system.size > 0 ? { Attributes } : {}),
      ...(custom.size > 0 && message.attributes ? { MessageAttributes: message.attributes } : {}),
    };
  };
}

function receive(
  engine: Engine,
  exchange: Exchange,
  request: JsonObject,
  context: SqsContext,
  requestId: string,
  onClose: (withdraw: () => void) => void,
): Promise<Reply> {
  const queue = requestedQueue(context, request);
  const most = rangedNumber(request, "MaxNumberOfMessages", 1, 10) ?? 1;
  const waitSeconds =
    rangedNumber(request, "WaitTimeSeconds", 0, 20) ?? queue.attributes.receiveWaitSeconds;
  const visibilitySeconds = rangedNumber(request, "VisibilityTimeout", 0, 43_200);
  const write = messageWriter(request, `AIDA${engine.world.scope.account}`);
  return new Promise((resolve) => {
    const withdraw = engine.queues.receive(queue, {
      most,
      visibilitySeconds,
      waitMs: waitSeconds * 1000,
      isWanted: exchange.isOpen,
      answer: (received) => {
        const body = received.length > 0 ? { Messages: received.map(write) } : {};
        const undo = () => {
          queue.unreceive(received);
          engine.queues.arrived();
        };
        resolve({ ...reply(requestId, 200, body), undo });
      },
    });
    onClose(withdraw);
    engine.replan();
  });
}

/** Answers one SQS request; `onClose` is given what to call when the client hangs up before the answer. */
export async function answerSqs(
  engine: Engine,
  exchange: Exchange,
  name: string,
  requestId: string,
  urlOf: (queueName: string) => string,
  onClose: (withdraw: () => void) => void,
): Promise<Reply> {
  const { calls, faults, queues, clock } = engine;
  const context: SqsContext = { queues, now: clock.now(), urlOf };
  const delay = faults.sqsLatencyMs > 0 ? { delayMs: faults.sqsLatencyMs } : {};
  try {
    const request = parse(exchange.body);
    if (name === "ReceiveMessage") {
      calls.add("SQS.ReceiveMessage", "ok");
      return {
        ...(await receive(engine, exchange, request, context, requestId, onClose)),
        ...delay,
      };
    }
    const operation = sqsOperations.get(name);
    if (!operation) throw unknownOperation(name);
    const answer = operation(context, request);
    calls.add(`SQS.${name}`, "ok");
    engine.replan();
    return { ...reply(requestId, 200, answer), ...delay };
  } catch (error) {
    if (!(error instanceof SqsRefusal)) throw error;
    calls.add(`SQS.${name}`, "refused");
    return { ...errorReply(requestId, error), ...delay };
  }
}
