// SQS by the real SDK: every call, the wire's errors, and long polls that hang up.
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
  TagQueueCommand,
} from "@aws-sdk/client-sqs";
import type { Message } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWithClients, until } from "./test-clients.ts";
import type { TestClients } from "./test-clients.ts";

let clients: TestClients;
beforeAll(async () => {
  clients = await startWithClients({ seed: "sqs", clusters: 1, instances: 1 });
});
afterAll(() => clients.close());

async function createQueue(name: string, Attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl = "" } = await clients.sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes }),
  );
  return QueueUrl;
}

const send = (QueueUrl: string, MessageBody: string) =>
  clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

async function receive(
  QueueUrl: string,
  WaitTimeSeconds = 0,
  abortSignal?: AbortSignal,
): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    WaitTimeSeconds,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ["All"],
  });
  const { Messages = [] } = await clients.sqs.send(command, abortSignal ? { abortSignal } : {});
  return Messages;
}

async function attribute(QueueUrl: string, name: string): Promise<string | undefined> {
  const { Attributes } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  return new Map(Object.entries(Attributes ?? {})).get(name);
}

describe("queues", () => {
  test("longshore and its dead-letter queue are there", async () => {
    const { QueueUrl = "" } = await clients.sqs.send(
      new GetQueueUrlCommand({ QueueName: "longshore" }),
    );
    expect(QueueUrl).toBe(clients.simulator.queueUrl);
    expect(JSON.parse((await attribute(QueueUrl, "RedrivePolicy")) ?? "")).toEqual({
      deadLetterTargetArn: "arn:aws:sqs:us-east-1:111122223333:longshore-dlq",
      maxReceiveCount: 5,
    });
    const sources = await clients.sqs.send(
      new ListDeadLetterSourceQueuesCommand({
        QueueUrl: QueueUrl.replace("longshore", "longshore-dlq"),
      }),
    );
    expect(sources.queueUrls).toEqual([QueueUrl]);
    const listed = await clients.sqs.send(new ListQueuesCommand({ QueueNamePrefix: "longshore" }));
    expect(listed.QueueUrls).toHaveLength(2);
  });

  test("are created, changed, tagged and deleted", async () => {
    const url = await createQueue("made", { VisibilityTimeout: "7" });
    expect(await createQueue("made", { VisibilityTimeout: "7" })).toBe(url);
    await expect(createQueue("made", { VisibilityTimeout: "8" })).rejects.toMatchObject({
      name: "QueueNameExists",
    });
    expect(await attribute(url, "VisibilityTimeout")).toBe("7");
    const set = (Attributes: Record<string, string>) =>
      clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
    await set({ VisibilityTimeout: "9" });
    expect(await attribute(url, "VisibilityTimeout")).toBe("9");
    await expect(set({ Colour: "red" })).rejects.toMatchObject({ name: "InvalidAttributeName" });
    await clients.sqs.send(new TagQueueCommand({ QueueUrl: url, Tags: { team: "dock" } }));
    const { Tags } = await clients.sqs.send(new ListQueueTagsCommand({ QueueUrl: url }));
    expect(Tags).toEqual({ team: "dock" });
    await clients.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    await expect(receive(url)).rejects.toBeInstanceOf(QueueDoesNotExist);
  });

  test("that do not exist are an error with the older code in a header", async () => {
    const { status, headers, body } = await clients.wire(
      "AmazonSQS.GetQueueUrl",
      `{"QueueName":"nope"}`,
    );
    expect({ status, body }).toEqual({
      status: 400,
      body: {
        __type: "com.amazonaws.sqs#QueueDoesNotExist",
        message: "The specified queue does not exist.",
      },
    });
    expect(headers.get("content-type")).toBe("application/x-amz-json-1.0");
    expect(headers.get("x-amzn-query-error")).toBe(
      "AWS.SimpleQueueService.NonExistentQueue;Sender",
    );
  });
});

describe("messages", () => {
  test("arrive whole, with attributes as text, and are deleted", async () => {
    const url = await createQueue("plain");
    const body = JSON.stringify({ text: "Käpt'n \u{1F6A2}\n" });
    const sent = await send(url, body);
    const [message] = await receive(url);
    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: body,
      MD5OfBody: sent.MD5OfMessageBody,
      Attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
      },
    });
    await clients.sqs.send(
      new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message?.ReceiptHandle }),
    );
    expect(await attribute(url, "ApproximateNumberOfMessagesNotVisible")).toBe("0");
    const empty = await clients.wire("AmazonSQS.ReceiveMessage", JSON.stringify({ QueueUrl: url }));
    expect(empty.body).toEqual({});
  });

  test("go in batches of ten, each with its own fate", async () => {
    const url = await createQueue("batch");
    const Entries = Array.from({ length: 10 }, (_, index) => ({
      Id: `${index}`,
      MessageBody: `m${index}`,
    }));
    const sent = await clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    expect(sent.Successful).toHaveLength(10);
    const messages = await receive(url);
    expect(messages.map(({ Body }) => Body)).toEqual(Entries.map(({ MessageBody }) => MessageBody));
    const deleted = await clients.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: "good", ReceiptHandle: messages[0]?.ReceiptHandle },
          { Id: "bad", ReceiptHandle: "b" },
        ],
      }),
    );
    expect(deleted).toMatchObject({
      Successful: [{ Id: "good" }],
      Failed: [{ Id: "bad", SenderFault: true, Code: "ReceiptHandleIsInvalid" }],
    });
    const changed = await clients.sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: [{ Id: "now", ReceiptHandle: messages[1]?.ReceiptHandle, VisibilityTimeout: 0 }],
      }),
    );
    expect(changed.Successful).toHaveLength(1);
    expect(await receive(url)).toMatchObject([
      { Body: "m1", Attributes: { ApproximateReceiveCount: "2" } },
    ]);
    await clients.sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
    expect(await attribute(url, "ApproximateNumberOfMessagesNotVisible")).toBe("0");
    const tooMany = [...Entries, { Id: "x", MessageBody: "x" }];
    await expect(
      clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: tooMany })),
    ).rejects.toMatchObject({ name: "TooManyEntriesInBatchRequest" });
    await expect(
      clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: [] })),
    ).rejects.toMatchObject({ name: "EmptyBatchRequest" });
  });

  test("may be 1 MiB and no more", async () => {
    const url = await createQueue("large");
    await send(url, "x".repeat(1_048_576));
    expect((await receive(url))[0]?.Body).toHaveLength(1_048_576);
    await expect(send(url, "x".repeat(1_048_577))).rejects.toThrow("1048576");
  });

  test("received too often go to the dead letters, and come back when they are redriven", async () => {
    const dead = await createQueue("poison-dlq");
    const deadArn = await attribute(dead, "QueueArn");
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadArn, maxReceiveCount: 1 });
    const url = await createQueue("poison", { RedrivePolicy });
    await send(url, "bad");
    const [message] = await receive(url);
    await clients.sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url,
        ReceiptHandle: message?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    expect(await receive(url)).toEqual([]);
    expect(await attribute(dead, "ApproximateNumberOfMessages")).toBe("1");
    await clients.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: deadArn }));
    expect(await receive(url)).toMatchObject([{ Body: "bad" }]);
  });
});

describe("long polls", () => {
  test("answer the moment a message arrives", async () => {
    const url = await createQueue("moment");
    const poll = receive(url, 20);
    await until(async () => clients.simulator.calls.count("SQS.ReceiveMessage") > 0);
    await send(url, "there");
    const sentAt = Date.now();
    expect(await poll).toMatchObject([{ Body: "there" }]);
    expect(Date.now() - sentAt).toBeLessThan(500);
  });

  test("answer when a hidden message comes back", async () => {
    const url = await createQueue("hidden", { VisibilityTimeout: "1" });
    await send(url, "again");
    await receive(url);
    expect(await receive(url, 5)).toMatchObject([{ Body: "again" }]);
  });

  test("answer nothing after their time", async () => {
    const url = await createQueue("silence");
    expect(await receive(url, 1)).toEqual([]);
  });

  test("that hang up swallow nothing", async () => {
    const url = await createQueue("hang-up", { VisibilityTimeout: "600" });
    const seen = new Map<string, number>();
    const rounds = 40;
    for (let round = 0; round < rounds; round++) {
      const hangUp = new AbortController();
      clients.simulator.calls.reset();
      const polls = Array.from({ length: 4 }, () =>
        receive(url, 20, hangUp.signal).catch((error: unknown): Message[] => {
          if (error instanceof Error && error.name === "AbortError") return [];
          throw error;
        }),
      );
      await until(async () => clients.simulator.calls.count("SQS.ReceiveMessage") >= polls.length);
      // Hang up and send in the same moment: the worst case for a server that believes in its sockets.
      hangUp.abort();
      await send(url, `round-${round}`);
      for (const messages of await Promise.all(polls))
        for (const { Body = "" } of messages) seen.set(Body, (seen.get(Body) ?? 0) + 1);
    }
    for (const { Body = "" } of [...(await receive(url)), ...(await receiveAll(url))])
      seen.set(Body, (seen.get(Body) ?? 0) + 1);
    expect(seen.size).toBe(rounds);
  });
});

async function receiveAll(url: string): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const messages = await receive(url);
    if (messages.length === 0) return all;
    all.push(...messages);
  }
}
