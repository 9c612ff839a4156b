// Talks GraphQL to the API by longshore/client, and words every trouble for the person who called a command.
import type { LongshoreClient } from "../client/client.ts";
import { manyOf, operation } from "../client/operation.ts";
import { connect, graphqlUrl } from "../client/transport.ts";
import type { RequestOptions, Transport } from "../client/transport.ts";
import type { Clock } from "../clock.ts";
import { failuresOf } from "./api-failures.ts";
import type { Failures } from "./api-failures.ts";
import { usageFailure } from "./failure.ts";

/** What commands need that only ask: every operation with its types. All reject with a {@link ClientFailure}. */
export interface AskClient extends Pick<LongshoreClient, "query"> {
  /** A query whose types its caller knows: what was listed or detailed by a selection that was held against the schema. */
  ask(field: string, given: object, select: object): Promise<unknown>;
  /** The same field with each of these arguments, in one request. */
  askEach(field: string, givens: readonly object[], select: object): Promise<readonly unknown[]>;
}

export interface ApiClient extends AskClient, Pick<LongshoreClient, "mutate"> {
  /** Where the API is, for messages. */
  readonly url: string;
  /** What subscriptions are followed over; its errors are to be worded by {@link failures}. */
  readonly transport: Transport;
  readonly failures: Failures;
  /** Why what was asked so far may be of an earlier time; undefined while nothing speaks for that. Never rejects. */
  doubt(): Promise<string | undefined>;
}

export interface ClientOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly clock: Clock;
  /** How long an answer may take; a minute unless told otherwise. */
  readonly timeoutMs?: number | undefined;
}

async function doubtOf(transport: Transport): Promise<string | undefined> {
  try {
    const { storeProblem } = await transport.request("{ storeProblem }", {});
    return typeof storeProblem === "string" ? storeProblem : undefined;
  } catch {
    // The question beside it has the same trouble, or the API is of a version that does not tell.
    return undefined;
  }
}

export function createApiClient(options: ClientOptions): ApiClient {
  const { url, token } = options;
  if (!graphqlUrl(url))
    throw usageFailure(
      `the API's address "${url}" cannot be used: --url or LONGSHORE_URL takes one like http://127.0.0.1:4000.`,
    );
  const transport = connect(options);
  const failures = failuresOf(url, token !== undefined);
  let doubt: Promise<string | undefined> | undefined;
  const ask = async (
    root: "Query" | "Mutation",
    field: string,
    given: object,
    select: object,
    sent?: RequestOptions,
  ): Promise<unknown> => {
    // Beside the first question: a copy that cannot be followed looks like one to which nothing happens.
    if (root === "Query") doubt ??= doubtOf(transport);
    const { document, variables } = operation(root, field, given, select);
    const answer = transport.request(document, variables, sent).catch((error: unknown) => {
      throw failures.of(error, root === "Mutation");
    });
    return (await answer)["answer"];
  };
  const askEach: AskClient["askEach"] = async (field, givens, select) => {
    doubt ??= doubtOf(transport);
    const { document, variables } = manyOf(field, givens, select);
    const answer = await transport.request(document, variables).catch((error: unknown) => {
      throw failures.of(error);
    });
    return givens.map((_, index) => answer[`answer${index}`]);
  };
  const client = {
    url,
    transport,
    failures,
    ask: ask.bind(undefined, "Query"),
    askEach,
    doubt: () => doubt ?? Promise.resolve(undefined),
    query: ask.bind(undefined, "Query"),
    mutate: ask.bind(undefined, "Mutation"),
  };
  // The API answers a document with exactly its fields: what their types are is known from the selection alone.
  return client as unknown as ApiClient;
}
