// The queue on Amazon SQS, by the SDK. Retries nothing beyond what the SDK does; ingest owns the retry.
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { processEnvironment } from "../config.ts";
import type { Message, Queue, QueueDepth } from "./queue.ts";

/** Longer than any batch takes to apply, short enough that a killed worker's messages come back soon. */
const visibilitySeconds = 30;

export interface SqsQueueOptions {
  /** Name or URL of the queue. */
  readonly queue: string;
  readonly client?: SQSClient;
}

/**
 * Sockets for every receive and every deletion that may be under way. A receive is answered after 20 s at the
 * latest: a connection that is silent for longer is dead, and without a limit it would be waited for for ever.
 */
const requestHandler = {
  httpAgent: { keepAlive: true, maxSockets: 128 },
  httpsAgent: { keepAlive: true, maxSockets: 128 },
  connectionTimeout: 5000,
  requestTimeout: 30_000,
  throwOnRequestTimeout: true,
};

/** An endpoint that a person has set counts more than the host in a queue's URL, which the SDK would call. */
function hasSqsEndpoint(): boolean {
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SQS } = processEnvironment;
  return Boolean(AWS_ENDPOINT_URL_SQS || AWS_ENDPOINT_URL);
}

/** The checksum of bodies is off: TLS keeps them whole, and it is a good part of the work of a receive. */
const createClient = () =>
  new SQSClient({ md5: false, requestHandler, useQueueUrlAsEndpoint: !hasSqsEndpoint() });

export function openSqsQueue({ queue, client = createClient() }: SqsQueueOptions): Queue {
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
      const command = new ReceiveMessageCommand({
        QueueUrl: await queueUrl(),
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: waitSeconds,
        VisibilityTimeout: visibilitySeconds,
        MessageSystemAttributeNames: ["SentTimestamp", "ApproximateReceiveCount"],
      });
      const { Messages = [] } = await client.send(command, { abortSignal: signal });
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
    close: () => client.destroy(),
  };
}
