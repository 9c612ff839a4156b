// Automatic persisted queries: a client names a document by its hash and sends the text only when it is not known yet.
// Kept in memory, in bounds; what was forgotten is asked for again.
import { createHash } from "node:crypto";
import { GraphQLError } from "graphql";
import { LRUCache } from "lru-cache";
import { isObject } from "../ecs/json.ts";
import { clientError } from "./errors.ts";

/** Characters of text that are kept. */
const keptCharactersMax = 1_000_000;

export interface PersistedDocuments {
  /**
   * The text that a request stands for, or why there is none: PERSISTED_QUERY_NOT_FOUND asks the client to send it
   * along. Text that came with a right hash is known from then on.
   */
  textOf(
    query: string | undefined,
    extensions: Readonly<Record<string, unknown>> | undefined,
  ): string | GraphQLError;
}

export function createPersistedDocuments(): PersistedDocuments {
  const known = new LRUCache<string, string>({
    maxSize: keptCharactersMax,
    sizeCalculation: (text) => text.length + 64,
  });
  return {
    textOf: (query, extensions) => {
      const asked = extensions?.["persistedQuery"];
      if (asked === undefined || asked === null) return query ?? missing();
      if (!isObject(asked) || asked["version"] !== 1 || typeof asked["sha256Hash"] !== "string")
        return clientError(
          "BAD_USER_INPUT",
          "persistedQuery takes version 1 and the sha256Hash of the query, in hexadecimal.",
        );
      const hash = asked["sha256Hash"].toLowerCase();
      if (query === undefined) return known.get(hash) ?? unknown();
      if (createHash("sha256").update(query).digest("hex") !== hash)
        return clientError(
          "BAD_USER_INPUT",
          "sha256Hash is not the SHA-256 of this query: send both of the same text.",
        );
      known.set(hash, query);
      return query;
    },
  };
}

const missing = (): GraphQLError =>
  clientError("BAD_USER_INPUT", "there is no query: send the text of an operation as query.");

/** Clients know this message and this code: they answer with the text. */
const unknown = (): GraphQLError =>
  new GraphQLError("PersistedQueryNotFound", {
    extensions: { code: "PERSISTED_QUERY_NOT_FOUND" },
  });
