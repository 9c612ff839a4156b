// Talks GraphQL to the API by longshore/client, and words every trouble for the person who called a command.
import { connect, graphqlUrl } from "../client/transport.ts";
import type { Transport } from "../client/transport.ts";
import type { Clock } from "../clock.ts";
import type { JsonObject } from "../ecs/json.ts";
import { failuresOf } from "./api-failures.ts";
import type { Failures } from "./api-failures.ts";
import { usageFailure } from "./failure.ts";

/** What commands need that only ask. */
export interface AskClient {
  /** Runs a query or mutation. Its `data`, or a {@link ClientFailure}. */
  request(document: string, variables: JsonObject, signal?: AbortSignal): Promise<JsonObject>;
}

export interface ApiClient extends AskClient {
  /** Where the API is, for messages. */
  readonly url: string;
  /** What subscriptions are followed over; its errors are to be worded by {@link failures}. */
  readonly transport: Transport;
  readonly failures: Failures;
}

export interface ClientOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly clock: Clock;
  /** How long an answer may take; a minute unless told otherwise. */
  readonly timeoutMs?: number | undefined;
}

export function createApiClient(options: ClientOptions): ApiClient {
  const { url, token } = options;
  if (!graphqlUrl(url))
    throw usageFailure(
      `the API's address "${url}" cannot be used: --url or LONGSHORE_URL takes one like http://127.0.0.1:4000.`,
    );
  const transport = connect(options);
  const failures = failuresOf(url, token !== undefined);
  return {
    url,
    transport,
    failures,
    request: (document, variables, signal) =>
      transport.request(document, variables, { signal }).catch((error: unknown) => {
        throw failures.of(error, /^\s*mutation/.test(document));
      }),
  };
}
