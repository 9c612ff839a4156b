// The SDK's client as ingest needs it: enough sockets, and no connection waited for for ever. Knows nothing of messages.
import { SQSClient } from "@aws-sdk/client-sqs";
import type { SQSClientConfig } from "@aws-sdk/client-sqs";
import { processEnvironment } from "../config.ts";

/**
 * A receive is answered after 20 s at the latest: a connection that is silent for longer is dead, and without a limit
 * it would be waited for for ever.
 */
const sockets = {
  httpAgent: { keepAlive: true, maxSockets: 128 },
  httpsAgent: { keepAlive: true, maxSockets: 128 },
  connectionTimeout: 5000,
  requestTimeout: 30_000,
  throwOnRequestTimeout: true,
};

/** An endpoint that a person has set counts more than the host in a queue's URL, which the SDK would call. */
export function sqsEndpoint(): string | undefined {
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SQS } = processEnvironment;
  return AWS_ENDPOINT_URL_SQS || AWS_ENDPOINT_URL || undefined;
}

/** Bodies are not hashed again: TLS keeps them whole. */
export function createSqsClient(credentials: SQSClientConfig["credentials"]): SQSClient {
  return new SQSClient({
    ...(credentials === undefined ? {} : { credentials }),
    md5: false,
    requestHandler: sockets,
    useQueueUrlAsEndpoint: sqsEndpoint() === undefined,
  });
}
