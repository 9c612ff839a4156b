// Follows subscriptions of a hub without a socket: what a client would be sent piles up, decoded. For tests.
import type { Informer } from "../changes/informer.ts";
import type { Clock } from "../clock.ts";
import type { Context } from "../graphql/context.ts";
import { noClientLimits } from "../graphql/client-limits.ts";
import { createDocuments } from "../graphql/documents.ts";
import { createHub } from "../graphql/live/hub.ts";
import type { Hub } from "../graphql/live/hub.ts";
import { readSelection, shapeOf } from "../graphql/live/selection.ts";
import { createSchema } from "../graphql/schema.ts";
import { isObject } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { StateStore } from "../store/store.ts";

/** One payload: `entity` is what the subscription selected of it. */
export interface Followed {
  readonly type: string;
  readonly cursor: string;
  readonly changed: readonly string[];
  readonly entity: JsonObject | undefined;
}

export interface Follower {
  readonly items: Followed[];
  /** Resolves once it is live; rejects with what the subscription failed with before. */
  readonly opened: Promise<void>;
  /** Why it was ended, when it was. */
  error(): Error | undefined;
  /** While true, the reader takes nothing in. */
  rest(isResting: boolean): void;
  /** Bytes that wait while it catches up. */
  held(): number;
  end(): void;
}

export interface Followers {
  readonly hub: Hub;
  follow(document: string, variables?: JsonObject): Follower;
  close(): void;
}

const schema = createSchema();
const documents = createDocuments(schema);

export function createFollowers(informer: Informer, store: StateStore, clock: Clock): Followers {
  const hub = createHub(schema, { informer, clock });
  const caller = {
    rights: "read",
    client: "test",
    expiresAt: undefined,
    refusal: undefined,
  } as const;
  const context: Context = { ...caller, informer, store, clock, limits: noClientLimits };
  return {
    hub,
    close: () => hub.close(),
    follow: (document, variables = {}) => {
      const operation = documents.prepare(document);
      if (!operation.ok) throw new Error(operation.errors.map(({ message }) => message).join());
      const shape = shapeOf(operation.document, operation.operation, hub.entityField);
      const selection = readSelection(schema, operation.operation, shape, variables, "read");
      const field = shape.root.name.value;
      const items: Followed[] = [];
      const ended = new AbortController();
      let error: Error | undefined;
      let held = 0;
      let resting: { readonly over: Promise<void>; readonly finish: () => void } | undefined;
      const receive = (payload: Buffer) =>
        items.push(readItem(payload.toString(), field, hub.entityField(field)));
      const opened = hub.subscribe(
        field,
        { selection, program: { operation, variables, context, field, present } },
        {
          signal: ended.signal,
          take: ({ payloads }) => payloads.forEach(receive),
          send: receive,
          hold: (bytes) => (held += bytes),
          isFull: false,
          drained: async () => {
            // As a socket that does not drain: only after what was sent already.
            await resting?.over;
          },
          fail: (reason) => {
            error = reason;
            ended.abort();
          },
        },
      );
      opened.catch((reason: Error) => {
        error = reason;
        ended.abort();
      });
      return {
        items,
        opened,
        error: () => error,
        held: () => held,
        rest: (isResting) => {
          resting?.finish();
          const { promise, resolve } = Promise.withResolvers<void>();
          resting = isResting ? { over: promise, finish: resolve } : undefined;
        },
        end: () => ended.abort(),
      };
    },
  };
}

const present = ({ data, errors }: { data: string | undefined; errors: readonly Error[] }) =>
  errors.length > 0 ? JSON.stringify({ errors }) : `{"data":${data}}`;

function readItem(payload: string, field: string, entityField: string): Followed {
  const { data } = JSON.parse(payload);
  const item: unknown = isObject(data) ? Object.values(data)[0] : undefined;
  if (!isObject(item)) throw new Error(`${field}: ${payload}`);
  const { type, cursor, changed = [], [entityField]: entity } = item;
  return {
    type: String(type),
    cursor: String(cursor),
    changed: Array.isArray(changed) ? changed.map(String) : [],
    entity: isObject(entity) ? entity : undefined,
  };
}
