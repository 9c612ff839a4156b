// The floor of the ingest benchmark: what the AWS SDK needs to receive and delete, with nothing in between.
// Arguments: queue URL, pollers, "times" to note when each task's event was received.
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { FloorReport } from "./load.ts";

const [, , QueueUrl = "", pollers = "1", mode = "count"] = process.argv;
const client = new SQSClient({
  md5: false,
  requestHandler: { httpAgent: { keepAlive: true, maxSockets: 256 } },
});
const received: [string, bigint][] = [];

async function poll(): Promise<never> {
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }),
    );
    if (mode === "times")
      for (const { Body = "{}" } of Messages)
        received.push([JSON.parse(Body).resources[0], process.hrtime.bigint()]);
    if (Messages.length === 0) continue;
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
    }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}

process.on("message", () => process.send?.({ received } satisfies FloorReport));
process.on("disconnect", () => process.exit());
for (let at = 0; at < Number(pollers); at++) void poll();
process.send?.("ready");
