// The client that programs use: every operation of the API with its types, lists, subscriptions that resume, informers.
// Puts documents together; what sends and follows them is elsewhere.
import type { IndexBy } from "./cache.ts";
import { isFields } from "./errors.ts";
import type { Fields } from "./errors.ts";
import { followFeed } from "./follow.ts";
import type { Start, Step } from "./follow.ts";
import type { Arguments, Mutation, Query, Subscription } from "./generated/schema.ts";
import { Informer } from "./informer.ts";
import { filterArguments, kinds, selectionOf } from "./kinds.ts";
import type { Everything, Filters, KeySelections, Kind, Kinds } from "./kinds.ts";
import type { LongshoreError } from "./errors.ts";
import { feedOf, operation } from "./operation.ts";
import type { Answer, Named, Root } from "./operation.ts";
import { merged, printSelection } from "./select.ts";
import type { AnySelection, Item, Known, Selected, Selection } from "./select.ts";
import { connect } from "./transport.ts";
import type { ConnectOptions, RequestOptions, Transport } from "./transport.ts";

/** What is asked for when nothing is said. */
type Default<K extends Kind> = Extract<Everything[K], Selection<Kinds[K]>>;

/** What to list or follow. */
export interface What<K extends Kind, S> {
  /** Members that are given must all hold. Everything without it. */
  readonly filter?: Filters[K] | undefined;
  /** Everything that an entity says of itself unless given. */
  readonly select?: S | undefined;
}

export interface Following {
  /** `now` unless given. */
  readonly start?: "now" | "snapshot" | { readonly after: string } | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Changes that may wait to be read; beyond, the rest is left to the API's log and fetched later. 10,000 unless given. */
  readonly maxWaiting?: number | undefined;
  /** The connection was lost, or could not be made: it is tried again. Told once until it is up. */
  readonly onDown?: ((error: LongshoreError) => void) | undefined;
  readonly onUp?: (() => void) | undefined;
}

/** What an informer watches. */
export interface Watched<K extends Kind, Name extends string, E> {
  readonly watch: K;
  /** Members that are given must all hold. Everything without it. */
  readonly filter?: Filters[K] | undefined;
  /** By name, what an entity is to be found under. */
  readonly indexes?: Readonly<Record<Name, IndexBy<NoInfer<E>>>> | undefined;
  /** As of {@link Following}. */
  readonly maxWaiting?: number | undefined;
}

/** An entity with what was selected of it, and with what tells it from others. */
export type Entity<K extends Kind, S> = Selected<Kinds[K], S & KeySelections[K]>;

/** Every kind with what is asked for when nothing is said. */
export interface Whole {
  readonly clusters: Entity<"clusters", Everything["clusters"]>;
  readonly containerInstances: Entity<"containerInstances", Everything["containerInstances"]>;
  readonly tasks: Entity<"tasks", Everything["tasks"]>;
  readonly endpoints: Entity<"endpoints", Everything["endpoints"]>;
  readonly daemons: Entity<"daemons", Everything["daemons"]>;
}

/** A change, the end of a snapshot or a fresh cursor, or that everything comes anew. See {@link Step}. */
export type Change<E> = Step<E>;

export interface LongshoreClient {
  /** One field of Query: `query("tasks", { first: 10 }, { nodes: { arn: true } })`. Repeated on another replica. */
  query<Name extends Named<Query>, const S extends Selection<Item<Query[Name]>>>(
    field: Name,
    given: Arguments["Query"][Name],
    select: S & Known<Item<Query[Name]>, S>,
    options?: RequestOptions,
  ): Promise<Answer<Query, Name, S>>;
  /** One field of Mutation. Never repeated: after UNREACHABLE or TIMEOUT look whether the change was made. */
  mutate<Name extends Named<Mutation>, const S extends Selection<Item<Mutation[Name]>>>(
    field: Name,
    given: Arguments["Mutation"][Name],
    select: S & Known<Item<Mutation[Name]>, S>,
    options?: RequestOptions,
  ): Promise<Answer<Mutation, Name, S>>;
  /** One field of Subscription, until it ends: what resumes is {@link follow}. */
  subscribe<Name extends Named<Subscription>, const S extends Selection<Item<Subscription[Name]>>>(
    field: Name,
    given: Arguments["Subscription"][Name],
    select: S & Known<Item<Subscription[Name]>, S>,
    options?: RequestOptions,
  ): AsyncGenerator<Answer<Subscription, Name, S>, void>;
  /** Any document. Its `data`, which is of the type that the caller says. */
  request<Data>(document: string, variables?: Fields, options?: RequestOptions): Promise<Data>;
  /** Everything that matches, read page by page. */
  list<K extends Kind, const S extends Selection<Kinds[K]> = Default<K>>(
    kind: K,
    what?: What<K, S & Known<Kinds[K], S>> & RequestOptions,
  ): Promise<readonly Entity<K, S>[]>;
  /**
   * Changes, until `signal` aborts or the loop is left. Goes on behind its cursor after every lost connection, without a
   * gap and without a repeat; `reset` says when that could not be.
   */
  follow<K extends Kind, const S extends Selection<Kinds[K]> = Default<K>>(
    kind: K,
    what?: What<K, S & Known<Kinds[K], S>> & Following,
  ): AsyncGenerator<Change<Entity<K, S>>, void>;
  /** A live local copy of what matches, with the indexes that are given by name. */
  informer<K extends Kind, Name extends string = never>(
    options: Watched<K, Name, Whole[K]> & { readonly select?: undefined },
  ): Informer<Whole[K], Name>;
  informer<K extends Kind, const S extends Selection<Kinds[K]>, Name extends string = never>(
    options: Watched<K, Name, Entity<K, S>> & { readonly select: S & Known<Kinds[K], S> },
  ): Informer<Entity<K, S>, Name>;
  /** Ends its connection and everything that follows over it. */
  close(): Promise<void>;
}

const keyed = (kind: Kind, select: AnySelection | undefined): string =>
  printSelection(merged(selectionOf(kind, select), kinds[kind].keySelection));

const startOf = (start: Following["start"] = "now"): Start =>
  typeof start === "object" ? { kind: "after", cursor: start.after } : { kind: start };

const pageSize = 1000;

async function readAll(
  transport: Transport,
  kind: Kind,
  what: What<Kind, AnySelection> & RequestOptions,
): Promise<Fields[]> {
  const { declare, pass, variables } = filterArguments(kind, { ...what.filter });
  const document = `query (${[...declare, "$after: String"].join(", ")}) {
    page: ${kind}(${[...pass, `first: ${pageSize}, after: $after`].join(", ")}) {
      nodes { ${keyed(kind, what.select)} } pageInfo { hasNextPage endCursor }
    }
  }`;
  const all: Fields[] = [];
  for (let after: unknown = null; ;) {
    const { page } = await transport.request(document, { ...variables, after }, what);
    if (!isFields(page) || !Array.isArray(page["nodes"]) || !isFields(page["pageInfo"]))
      throw new Error("the API gave a list without its nodes");
    for (const node of page["nodes"]) all.push(node);
    if (page["pageInfo"]["hasNextPage"] !== true) return all;
    after = page["pageInfo"]["endCursor"];
  }
}

/** Opens no connection before it is needed. Throws a TypeError for an address that is none. */
export function createLongshore(options: ConnectOptions): LongshoreClient {
  return clientOver(connect(options));
}

/** A client over whatever carries its documents. `random`: a number in [0, 1), to spread its reconnections. */
export function clientOver(transport: Transport, random?: () => number): LongshoreClient {
  const closing = new AbortController();
  const until = (signal: AbortSignal | undefined) =>
    signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;

  async function ask(
    root: Root,
    field: string,
    given: object,
    select: object,
    options?: RequestOptions,
  ): Promise<unknown> {
    const { document, variables } = operation(root, field, given, select);
    return (await transport.request(document, variables, options))["answer"];
  }

  async function* subscribe(
    field: string,
    given: object,
    select: object,
    { signal }: RequestOptions = {},
  ): AsyncGenerator<unknown, void> {
    const { document, variables } = operation("Subscription", field, given, select);
    const read = { signal: until(signal), onConnected: () => undefined, isEnough: () => false };
    for await (const { answer } of transport.subscribe(document, variables, read)) yield answer;
  }

  const follow = (kind: Kind, what: What<Kind, AnySelection> & Following = {}) =>
    followFeed(transport, feedOf(kind, { ...what.filter }, keyed(kind, what.select)), {
      start: startOf(what.start),
      signal: until(what.signal),
      random,
      maxWaiting: what.maxWaiting,
      onDown: what.onDown,
      onUp: what.onUp,
    });

  const informer = ({
    watch,
    indexes = {},
    ...what
  }: Watched<Kind, string, Fields> & { readonly select?: AnySelection }) =>
    new Informer<Fields, string>({
      key: kinds[watch].key,
      indexes,
      follow: (watching) => follow(watch, { ...what, ...watching, start: "snapshot" }),
    });

  const client = {
    query: (field: string, given: object, select: object, also?: RequestOptions) =>
      ask("Query", field, given, select, also),
    mutate: (field: string, given: object, select: object, also?: RequestOptions) =>
      ask("Mutation", field, given, select, also),
    subscribe,
    request: (document: string, variables: Fields = {}, also?: RequestOptions) =>
      transport.request(document, variables, also),
    list: (kind: Kind, what: What<Kind, AnySelection> & RequestOptions = {}) =>
      readAll(transport, kind, what),
    follow,
    informer,
    close: async () => {
      closing.abort();
      await transport.close();
    },
  };
  // The API answers a document with exactly its fields: what their types are is known from the selection alone.
  return client as unknown as LongshoreClient;
}
