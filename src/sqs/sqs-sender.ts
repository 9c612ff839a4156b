// Sends messages to a queue: what a replay needs, and nothing that ingest does.
import { GetQueueUrlCommand, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { createSqsClient } from "./sqs-client.ts";

/** SQS takes ten messages and 256 KiB in one call; a little is left for what surrounds them. */
const messagesMost = 10;
const bytesMost = 250 * 1024;

/** The messages in batches that SQS takes, in their order. */
export function batchesOf(bodies: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let bytes = 0;
  for (const body of bodies) {
    const size = Buffer.byteLength(body);
    const last = batches.at(-1);
    if (last && last.length < messagesMost && bytes + size <= bytesMost) {
      last.push(body);
      bytes += size;
    } else {
      batches.push([body]);
      bytes = size;
    }
  }
  return batches;
}

export interface SqsSender {
  /** Sends all, in order, as far as SQS keeps one. Rejects with what SQS or the SDK says. */
  send(bodies: readonly string[]): Promise<void>;
  close(): void;
}

/** `queue` is a name or a URL. Credentials, region and endpoint are as the SDK finds them. */
export function openSqsSender(queue: string): SqsSender {
  const client = createSqsClient(undefined);
  let url: string | undefined;
  return {
    send: async (bodies) => {
      url ??= queue.includes("://")
        ? queue
        : (await client.send(new GetQueueUrlCommand({ QueueName: queue }))).QueueUrl;
      for (const batch of batchesOf(bodies)) {
        const Entries = batch.map((MessageBody, index) => ({ Id: `m${index}`, MessageBody }));
        const { Failed } = await client.send(
          new SendMessageBatchCommand({ QueueUrl: url, Entries }),
        );
        const [first] = Failed ?? [];
        if (first) throw new Error(`SQS refused a message: ${first.Code} ${first.Message ?? ""}`);
      }
    },
    close: () => client.destroy(),
  };
}
