// The queue on Amazon SQS, by the SDK. Retries nothing beyond what the SDK does; ingest owns the retry.
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";
import type { QueueAttributeName } from "@aws-sdk/client-sqs";
import { awsErrorName } from "../ecs/aws-error.ts";
import type { Message, Queue, QueueDepth } from "./queue.ts";
import { createAbortableSqsClient, createSqsClient } from "./sqs-client.ts";

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
}

export function openSqsQueue({ queue }: SqsQueueOptions): Queue {
  const client = createSqsClient();
  const receivesEnd = new AbortController();
  const receiver = createAbortableSqsClient(receivesEnd.signal);
  let stop: AbortSignal | undefined;
  let url: Promise<string> | undefined;
  const askUrl = async (): Promise<string> => {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: queue }));
    if (QueueUrl === undefined) throw new Error(`SQS told no URL for the queue ${queue}`);
    return QueueUrl;
  };
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
  return {
    name: queue,
    visibilitySeconds,
    receive: async (waitSeconds, signal) => {
      if (stop !== signal)
        signal.addEventListener("abort", () => receivesEnd.abort(), { once: true });
      stop = signal;
      const { Messages = [] } = await withUrl((QueueUrl) =>
        receiver.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: 10,
            WaitTimeSeconds: waitSeconds,
            VisibilityTimeout: visibilitySeconds,
            MessageSystemAttributeNames: ["SentTimestamp", "ApproximateReceiveCount"],
          }),
        ),
      );
      return Messages.map(
        ({ MessageId = "", ReceiptHandle = "", Body = "", Attributes = {} }): Message => ({
          messageId: MessageId,
          receiptHandle: ReceiptHandle,
          body: Body,
          sentAt: Attributes.SentTimestamp ? Number(Attributes.SentTimestamp) : undefined,
          receiveCount: Number(Attributes.ApproximateReceiveCount ?? 1),
        }),
      );
    },
    delete: async (messages) => {
      if (messages.length === 0) return [];
      const Entries = messages.map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
      }));
      const { Failed = [] } = await withUrl((QueueUrl) =>
        client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries })),
      );
      return Failed.flatMap(({ Id }) => messages[Number(Id)] ?? []);
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
    depth: async (): Promise<QueueDepth> => {
      const { Attributes = {} } = await withUrl((QueueUrl) =>
        client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: depthAttributes })),
      );
      return {
        visible: Number(Attributes.ApproximateNumberOfMessages ?? 0),
        inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
        delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
      };
    },
    hasDeadLetterQueue: async () => {
      const { Attributes = {} } = await withUrl((QueueUrl) =>
        client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["RedrivePolicy"] })),
      );
      return Attributes.RedrivePolicy !== undefined;
    },
    close: () => {
      receiver.destroy();
      client.destroy();
    },
  };
}
