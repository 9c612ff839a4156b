// The queue on Amazon SQS. Receiving and deleting go by the short way where that works, everything else by the SDK.
// Retries nothing beyond what the SDK does; ingest owns the retry.
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";
import type {
  DeleteMessageBatchCommandInput,
  QueueAttributeName,
  ReceiveMessageCommandInput,
  SQSClientConfig,
} from "@aws-sdk/client-sqs";
import type { Clock } from "../clock.ts";
import { awsErrorName } from "../ecs/aws-error.ts";
import { isObject, objects, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { Message, Queue } from "./queue.ts";
import { createSignedCalls } from "./signed-calls.ts";
import { createSqsClient, sqsEndpoint } from "./sqs-client.ts";

/** Longer than any batch takes to apply, short enough that a killed worker's messages come back soon. */
const visibilitySeconds = 30;

const depthAttributes: QueueAttributeName[] = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
];

export interface SqsQueueOptions {
  /** Name or URL of the queue. */
  readonly queue: string;
  readonly clock: Pick<Clock, "now">;
  /** undefined: as the SDK finds them. */
  readonly credentials?: SQSClientConfig["credentials"];
}

function toMessage(message: JsonObject): Message {
  const attributes = isObject(message["Attributes"]) ? message["Attributes"] : {};
  const sentAt = text(attributes, "SentTimestamp");
  return {
    messageId: text(message, "MessageId") ?? "",
    receiptHandle: text(message, "ReceiptHandle") ?? "",
    body: text(message, "Body") ?? "",
    sentAt: sentAt === undefined ? undefined : Number(sentAt),
    receiveCount: Number(text(attributes, "ApproximateReceiveCount") ?? 1),
  };
}

export function openSqsQueue({ queue, clock, credentials }: SqsQueueOptions): Queue {
  const client = createSqsClient(credentials);
  const calls = createSignedCalls({ client, endpoint: () => sqsEndpoint(client), clock });
  let url: Promise<string> | undefined;

  async function askUrl(): Promise<string> {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: queue }));
    if (QueueUrl === undefined) throw new Error(`SQS told no URL for the queue ${queue}`);
    return QueueUrl;
  }

  /** Calls with the queue's URL, which is asked for once, and again when SQS knows no such queue or did not answer. */
  async function withUrl<T>(call: (QueueUrl: string) => Promise<T>): Promise<T> {
    url ??= queue.includes("://") ? Promise.resolve(queue) : askUrl();
    const asked = url;
    try {
      return await call(await asked);
    } catch (error) {
      const isUrlGood = await asked.then(
        () => awsErrorName(error) !== "QueueDoesNotExist",
        () => false,
      );
      if (!isUrlGood && url === asked) url = undefined;
      throw error;
    }
  }

  async function receive(
    input: ReceiveMessageCommandInput,
    signal: AbortSignal,
  ): Promise<readonly JsonObject[]> {
    const answer = await calls.call("ReceiveMessage", input.QueueUrl ?? "", input, signal);
    if (answer) return objects(answer, "Messages");
    const command = new ReceiveMessageCommand(input);
    const { Messages = [] } = await client.send(command, { abortSignal: signal });
    return Messages.map((message) => ({ ...message }));
  }

  async function deleteBatch(
    input: DeleteMessageBatchCommandInput,
  ): Promise<readonly JsonObject[]> {
    const answer = await calls.call("DeleteMessageBatch", input.QueueUrl ?? "", input);
    if (answer) return objects(answer, "Failed");
    const { Failed = [] } = await client.send(new DeleteMessageBatchCommand(input));
    return Failed.map((each) => ({ ...each }));
  }

  async function attributes(
    AttributeNames: QueueAttributeName[],
  ): Promise<Partial<Record<string, string>>> {
    const { Attributes = {} } = await withUrl((QueueUrl) =>
      client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames })),
    );
    return Attributes;
  }

  return {
    name: queue,
    visibilitySeconds,
    receive: async (waitSeconds, signal) => {
      const received = await withUrl((QueueUrl) =>
        receive(
          {
            QueueUrl,
            MaxNumberOfMessages: 10,
            WaitTimeSeconds: waitSeconds,
            VisibilityTimeout: visibilitySeconds,
            MessageSystemAttributeNames: ["SentTimestamp", "ApproximateReceiveCount"],
          },
          signal,
        ),
      );
      return received.map(toMessage);
    },
    delete: async (messages) => {
      if (messages.length === 0) return [];
      const Entries = messages.map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
      }));
      const failed = await withUrl((QueueUrl) => deleteBatch({ QueueUrl, Entries }));
      return failed.flatMap((each) => messages[Number(text(each, "Id"))] ?? []);
    },
    changeVisibility: async (messages, seconds) => {
      const Entries = messages.map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }));
      await withUrl((QueueUrl) =>
        client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries })),
      );
    },
    depth: async () => {
      const known = await attributes(depthAttributes);
      return {
        visible: Number(known["ApproximateNumberOfMessages"] ?? 0),
        inFlight: Number(known["ApproximateNumberOfMessagesNotVisible"] ?? 0),
        delayed: Number(known["ApproximateNumberOfMessagesDelayed"] ?? 0),
      };
    },
    hasDeadLetterQueue: async () =>
      (await attributes(["RedrivePolicy"]))["RedrivePolicy"] !== undefined,
    close: () => {
      calls.close();
      client.destroy();
    },
  };
}
