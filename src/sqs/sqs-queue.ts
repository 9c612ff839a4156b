// The queue on Amazon SQS, by the SDK. Retries nothing beyond what the SDK does; ingest owns the retry.
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";
import type { Message, Queue, QueueDepth } from "./queue.ts";
import { createAbortableSqsClient, createSqsClient } from "./sqs-client.ts";

/** Longer than any batch takes to apply, short enough that a killed worker's messages come back soon. */
const visibilitySeconds = 30;

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
  const queueUrl = (): Promise<string> => {
    if (queue.includes("://")) return Promise.resolve(queue);
    url ??= client
      .send(new GetQueueUrlCommand({ QueueName: queue }))
      .then(({ QueueUrl }) => {
        if (QueueUrl === undefined) throw new Error(`SQS told no URL for the queue ${queue}`);
        return QueueUrl;
      })
      .catch((error: unknown) => {
        url = undefined;
        throw error;
      });
    return url;
  };
  return {
    name: queue,
    receive: async (waitSeconds, signal) => {
      if (stop !== signal)
        signal.addEventListener("abort", () => receivesEnd.abort(), { once: true });
      stop = signal;
      const command = new ReceiveMessageCommand({
        QueueUrl: await queueUrl(),
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: waitSeconds,
        VisibilityTimeout: visibilitySeconds,
        MessageSystemAttributeNames: ["SentTimestamp", "ApproximateReceiveCount"],
      });
      const { Messages = [] } = await receiver.send(command);
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
      const { Failed = [] } = await client.send(
        new DeleteMessageBatchCommand({ QueueUrl: await queueUrl(), Entries }),
      );
      return Failed.flatMap(({ Id }) => messages[Number(Id)] ?? []);
    },
    depth: async (): Promise<QueueDepth> => {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({
          QueueUrl: await queueUrl(),
          AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        }),
      );
      return {
        visible: Number(Attributes.ApproximateNumberOfMessages ?? 0),
        inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
      };
    },
    hasDeadLetterQueue: async () => {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({
          QueueUrl: await queueUrl(),
          AttributeNames: ["RedrivePolicy"],
        }),
      );
      return Attributes.RedrivePolicy !== undefined;
    },
    close: () => {
      receiver.destroy();
      client.destroy();
    },
  };
}
