// The two calls that ingest makes thousands of times a second, sent straight over HTTP: signed with the SDK's own
// signer and credentials, without its middleware, which costs several times what SQS's answer does. Knows only plain
// success; whatever else happens is for the SDK to do again, with its retries and its errors.
import { Agent as HttpAgent, request as requestHttp } from "node:http";
import type { IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Clock } from "../clock.ts";
import { isObject } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";

/** A receive is answered after 20 s at the latest: a connection that is silent for longer is dead. */
const silentMs = 30_000;
const socketsMax = 128;

export interface SignedCalls {
  /** Calls an SQS operation at a queue; undefined when the answer is no plain success. Rejects when aborted. */
  call(
    operation: "ReceiveMessage" | "DeleteMessageBatch",
    queueUrl: string,
    input: object,
    signal?: AbortSignal,
  ): Promise<JsonObject | undefined>;
  close(): void;
}

export interface SignedCallOptions {
  readonly client: SQSClient;
  /** Where to call instead of the host in the queue's URL; undefined for that. Asked for every call. */
  readonly endpoint: () => Promise<string | undefined>;
  /** The machine's: requests are signed for its time, corrected as the SDK corrects it. */
  readonly clock: Pick<Clock, "now">;
}

interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export function createSignedCalls({ client, endpoint, clock }: SignedCallOptions): SignedCalls {
  const { config } = client;
  const agents = {
    http: new HttpAgent({ keepAlive: true, maxSockets: socketsMax }),
    https: new HttpsAgent({ keepAlive: true, maxSockets: socketsMax }),
  };
  let signing: ReturnType<typeof config.signer> | undefined;

  async function signed(url: URL, operation: string, body: string) {
    signing ??= config.signer();
    const signer = await signing.catch((error: unknown) => {
      signing = undefined;
      throw error;
    });
    return signer.sign(
      {
        method: "POST",
        protocol: url.protocol,
        hostname: url.hostname,
        path: "/",
        query: {},
        headers: {
          host: url.host,
          "content-type": "application/x-amz-json-1.0",
          "x-amz-target": `AmazonSQS.${operation}`,
        },
        body,
      },
      // The SDK learns how far the machine's clock is off from the answers that it gets itself.
      { signingDate: new Date(clock.now() + config.systemClockOffset) },
    );
  }

  function send(
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> {
    const isTls = url.protocol === "https:";
    const options = {
      method: "POST",
      hostname: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port,
      path: "/",
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
      agent: isTls ? agents.https : agents.http,
      // Counts from before the connection is made, which a network that swallows packets would let wait for minutes.
      timeout: silentMs,
      ...(signal ? { signal } : {}),
    };
    return new Promise((resolve, reject) => {
      const request = (isTls ? requestHttps : requestHttp)(options, (response) => {
        collect(response).then(resolve, reject);
      });
      request.once("timeout", () => request.destroy(new Error("SQS is silent")));
      request.once("error", reject);
      request.end(body);
    });
  }

  return {
    call: async (operation, queueUrl, input, signal) => {
      const body = JSON.stringify(input);
      try {
        const url = new URL((await endpoint()) ?? queueUrl);
        const { headers } = await signed(url, operation, body);
        const { status, body: text } = await send(url, headers, body, signal);
        const answer: unknown = status === 200 ? JSON.parse(text) : undefined;
        return isObject(answer) ? answer : undefined;
      } catch (error) {
        if (signal?.aborted) throw error;
        return undefined;
      }
    },
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function collect(response: IncomingMessage): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.once("error", reject);
    response.once("end", () =>
      resolve({
        status: response.statusCode ?? 0,
        body: Buffer.concat(chunks).toString("utf8"),
      }),
    );
  });
}
