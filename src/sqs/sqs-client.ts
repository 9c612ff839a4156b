// The SDK's client as ingest needs it, and whoever is to meet with what ingest meets: enough sockets, and no connection
// waited for for ever. Knows nothing of messages.
import { SQSClient } from "@aws-sdk/client-sqs";
import type { SQSClientConfig } from "@aws-sdk/client-sqs";
import { isObject, text } from "../ecs/json.ts";

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

/**
 * The endpoint that a person has set, in the environment or in the AWS configuration file; undefined for none. Rejects
 * when the file cannot be read.
 */
export async function sqsEndpoint({ config }: SQSClient): Promise<string | undefined> {
  return (await config.serviceConfiguredEndpoint?.()) || undefined;
}

/** Bodies are not hashed again: TLS keeps them whole. */
export function createSqsClient(
  credentials: SQSClientConfig["credentials"],
  manners: Pick<SQSClientConfig, "logger" | "maxAttempts"> = {},
): SQSClient {
  const client = new SQSClient({
    ...manners,
    ...(credentials === undefined ? {} : { credentials }),
    md5: false,
    requestHandler: sockets,
    useQueueUrlAsEndpoint: false,
  });
  // The host in a queue's URL counts, as it does by itself with the SDK; but an endpoint that a person has set, which
  // the SDK learns too late from a file, counts more.
  const toQueueHost =
    <Args extends { readonly input?: unknown }, Result>(
      next: (args: Args) => Promise<Result>,
      context: { endpointV2?: { url: URL } },
    ) =>
    async (args: Args): Promise<Result> => {
      const QueueUrl = isObject(args.input) ? text(args.input, "QueueUrl") : undefined;
      if (context.endpointV2 && QueueUrl && (await sqsEndpoint(client)) === undefined)
        context.endpointV2 = { ...context.endpointV2, url: new URL(new URL(QueueUrl).origin) };
      return next(args);
    };
  client.middlewareStack.addRelativeTo(toQueueHost, {
    name: "longshoreQueueHost",
    relation: "after",
    toMiddleware: "endpointV2Middleware",
  });
  return client;
}
