// The SDK's client as ingest needs it: enough sockets, no connection waited for for ever, and as little work a call
// as the SDK's own settings allow. Knows nothing of messages.
import { SQSClient } from "@aws-sdk/client-sqs";
import { processEnvironment } from "../config.ts";

/**
 * Sockets for every receive and every deletion that may be under way. A receive is answered after 20 s at the
 * latest: a connection that is silent for longer is dead, and without a limit it would be waited for for ever.
 */
const sockets = {
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

/**
 * Bodies are not hashed again (TLS keeps them whole), and the SDK's stack of middleware is put together once instead
 * of once a call, which it does only for calls without options.
 */
export function createSqsClient(): SQSClient {
  return new SQSClient({
    md5: false,
    cacheMiddleware: true,
    requestHandler: sockets,
    useQueueUrlAsEndpoint: !hasSqsEndpoint(),
  });
}

/** A client all of whose calls end when `signal` aborts: the signal is no option of each call, see above. */
export function createAbortableSqsClient(signal: AbortSignal): SQSClient {
  const client = createSqsClient();
  const { requestHandler } = client.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = (request, options) =>
    handle(request, { ...options, abortSignal: signal });
  return client;
}
