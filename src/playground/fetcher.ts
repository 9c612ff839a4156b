// Carries the playground's operations: queries and mutations by fetch, subscriptions by one socket a token.
// Same origin only.
import { getOperationAST, OperationTypeNode } from "graphql";
import type { DocumentNode } from "graphql";
import { createClient } from "graphql-ws";
import type { Client, SubscribePayload } from "graphql-ws";

/** What GraphiQL hands over for one run; only these members are used. */
export interface Operation {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: unknown;
}

/** Headers of the headers editor, and the parsed document when there is one. */
export interface OperationSetting {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly documentAST?: DocumentNode;
}

type Variables = Record<string, unknown>;

const isRecord = (value: unknown): value is Variables =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSubscription = ({ operationName }: Operation, document: DocumentNode | undefined) =>
  document !== undefined &&
  getOperationAST(document, operationName ?? undefined)?.operation ===
    OperationTypeNode.SUBSCRIPTION;

function textHeaders(headers: Readonly<Record<string, unknown>> | undefined): [string, string][] {
  return Object.entries(headers ?? {}).flatMap(([name, value]): [string, string][] =>
    typeof value === "string" ? [[name.toLowerCase(), value]] : [],
  );
}

async function request(
  operation: Operation,
  headers: readonly [string, string][],
): Promise<unknown> {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: [["accept", "application/json"], ...headers, ["content-type", "application/json"]],
    body: JSON.stringify(operation),
  });
  return await response.json();
}

/** Why a socket could not be used, in words that help. */
function explain(reason: unknown): Error {
  if (reason instanceof CloseEvent) {
    const refused = reason.code === 4401 || reason.code === 4403;
    return new Error(
      refused
        ? 'The server refused this token: put {"authorization": "Bearer <token>"} into the Headers tab.'
        : `The connection ended (${reason.code}${reason.reason ? `: ${reason.reason}` : ""}). Run it again.`,
    );
  }
  if (reason instanceof Error) return reason;
  // Errors of an operation that could not start come as a list; they are shown as they are.
  return new Error(
    Array.isArray(reason)
      ? JSON.stringify(reason)
      : "The connection failed. Is the server running?",
  );
}

/** The sockets' address beside the page's own. */
function socketUrl({ protocol, host }: Location): string {
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}/graphql`;
}

/** One that runs any operation; a subscription answers with an async iterable of results. */
export function createFetcher(page: Location) {
  let current: { readonly authorization: string | undefined; readonly client: Client } | undefined;

  function clientFor(authorization: string | undefined): Client {
    if (current && current.authorization === authorization) return current.client;
    void current?.client.dispose();
    const client = createClient({
      url: socketUrl(page),
      retryAttempts: 0,
      ...(authorization === undefined ? {} : { connectionParams: { authorization } }),
    });
    current = { authorization, client };
    return client;
  }

  async function* follow(client: Client, payload: SubscribePayload): AsyncGenerator {
    try {
      for await (const result of client.iterate(payload)) yield result;
    } catch (reason) {
      throw explain(reason);
    }
  }

  return (
    operation: Operation,
    setting: OperationSetting = {},
  ): Promise<unknown> | AsyncIterable<unknown> => {
    const headers = textHeaders(setting.headers);
    if (!isSubscription(operation, setting.documentAST)) return request(operation, headers);
    const authorization = headers.find(([name]) => name === "authorization")?.[1];
    return follow(clientFor(authorization), {
      query: operation.query,
      ...(operation.operationName ? { operationName: operation.operationName } : {}),
      ...(isRecord(operation.variables) ? { variables: operation.variables } : {}),
    });
  };
}
