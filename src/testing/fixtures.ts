// Invented ECS events in the shapes that real ones have, and the envelopes that they may travel in. For tests only.
import { readdirSync, readFileSync } from "node:fs";
import { isObject } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";

const folder = new URL("./fixtures/", import.meta.url);

/** Names of all fixtures, without `.json`. */
export const fixtureNames: readonly string[] = readdirSync(folder)
  .map((file) => file.replace(/\.json$/, ""))
  .toSorted();

/** The event of a fixture, a fresh copy each time. */
export function fixtureEvent(name: string): JsonObject {
  const file: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));
  if (!isObject(file) || !isObject(file["event"])) throw new Error(`fixture ${name} has no event`);
  return file["event"];
}

/** The event of a fixture with members of its `detail` replaced; undefined takes a member away. */
export function fixtureWith(name: string, detail: JsonObject): JsonObject {
  const event = fixtureEvent(name);
  return { ...event, detail: { ...(isObject(event["detail"]) ? event["detail"] : {}), ...detail } };
}

/** A message body as EventBridge writes it. */
export function fixtureBody(name: string): string {
  return JSON.stringify(fixtureEvent(name));
}

/** The notification that SNS makes of a message: printed with spaces round its colons. */
export function inSns(message: string): string {
  return JSON.stringify(
    {
      Type: "Notification",
      MessageId: "5b0c6a0e-94f2-4c53-8f0a-2d7e9a61b3c4",
      TopicArn: "arn:aws:sns:eu-central-1:480215739602:beacon",
      Message: message,
      Timestamp: "2025-09-14T05:21:00.000Z",
      SignatureVersion: "1",
      Signature: "aW52ZW50ZWQ=",
      SigningCertURL: "https://sns.invalid/cert.pem",
      UnsubscribeURL: "https://sns.invalid/unsubscribe",
    },
    undefined,
    2,
  ).replace(/^( {2}"\w+"):/gm, "$1 :");
}

/** A record as a Lambda function or a pipe sees one message of a queue. */
export function inSqsRecord(body: string): JsonObject {
  return {
    messageId: "0c5d1f5e-6c1e-4f0a-a9ef-0c4c8f6b3c7d",
    receiptHandle: "cmVjZWlwdA==",
    body,
    attributes: { ApproximateReceiveCount: "1", SentTimestamp: "1757827260000" },
    messageAttributes: {},
    eventSource: "aws:sqs",
  };
}
