// Clients that follow changes in a world: each subscribes with a filter of its own, keeps a copy by what it is told,
// loses its connection, reads slowly, and goes on from its last cursor, at whatever api process. States what happens to
// it; judges nothing but whether its copy is what a query answers.
import { unfinishedSnapshot } from "../changes/cursor.ts";
import { isObject } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { Random } from "../random.ts";
import { connectApiClient } from "./api-client.ts";
import type { ApiClient, GraphqlAnswer } from "./api-client.ts";
import type { SimulatedApi } from "./api-process.ts";
import type { Tell } from "./facts.ts";
import { drawTopic, keyOf, listDocument, subscriptionDocument } from "./subscription-topics.ts";
import type { Topic } from "./subscription-topics.ts";

export interface SubscribersOptions {
  /** The world's. */
  readonly time: { readonly now: number; at(time: number, run: () => void): () => void };
  readonly random: Random;
  readonly tell: Tell;
  /** Processes that take connections. */
  readonly apis: () => readonly SimulatedApi[];
  /** ARNs. */
  readonly clusters: readonly string[];
  readonly count: number;
}

export interface Subscribers {
  /** From now on they read at once, and only come back when they are cut off. */
  heal(): void;
  /** Whose copy is not what a query answers, as of the last look, and what is kept of clients that have gone. */
  pending(): string[];
  end(): void;
}

const pingEveryMs = 10_000;

export function startSubscribers(options: SubscribersOptions): Subscribers {
  const subscribers = Array.from(
    { length: options.count },
    (_, index) => new Subscriber(`subscriber-${index + 1}`, options),
  );
  return {
    heal: () => subscribers.forEach((each) => each.heal()),
    pending: () => [
      ...subscribers.flatMap((each) => each.compare()),
      ...options.apis().flatMap(leftOver),
    ],
    end: () => subscribers.forEach((each) => each.end()),
  };
}

/** What an api process keeps although nobody needs it any more. */
function leftOver({ name, size }: SimulatedApi): string[] {
  const { subscriptions, sockets, clients } = size;
  const tooMany = [
    ...(sockets > clients ? [`${sockets} sockets`] : []),
    ...(subscriptions > clients ? [`${subscriptions} subscriptions`] : []),
  ];
  return tooMany.map((what) => `${name} keeps ${what} for ${clients} clients`);
}

class Subscriber {
  readonly #name: string;
  readonly #options: SubscribersOptions;
  readonly #topic: Topic;
  readonly #timers = new Set<() => void>();
  #copy = new Map<string, string>();
  /** Where it can go on; undefined while it has no whole copy. */
  #cursor: string | undefined;
  #client: ApiClient | undefined;
  #api = "";
  /** Counts connections: what an earlier one still says is nobody's. */
  #connection = 0;
  #isHealed = false;
  #hasHeard = true;
  #difference: string | undefined = "not compared yet";

  constructor(name: string, options: SubscribersOptions) {
    this.#name = name;
    this.#options = options;
    this.#topic = drawTopic(options.random, options.clusters);
    this.#later(options.random.int(0, 10_000), () => this.#connect());
    this.#planMischief();
    this.#planPing();
  }

  heal(): void {
    this.#isHealed = true;
    this.#client?.stall(false);
  }

  end(): void {
    for (const cancel of this.#timers) cancel();
    this.#disconnect();
  }

  #later(ms: number, run: () => void): void {
    const { time } = this.#options;
    const cancel = time.at(time.now + ms, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
  }

  #says(
    event: "subscribed" | "message" | "error" | "completed" | "closed",
    more: { code?: string | number; cursor?: string | undefined; message?: JsonObject } = {},
  ): void {
    const { tell } = this.#options;
    tell({ kind: "subscriber", subscriber: this.#name, event, process: this.#api, ...more });
  }

  // The connection

  #connect(): void {
    const { apis, random } = this.#options;
    const there = apis();
    if (there.length === 0) return this.#later(500, () => this.#connect());
    const api = random.pick(there);
    const connection = ++this.#connection;
    this.#api = api.name;
    this.#hasHeard = true;
    this.#client = connectApiClient(api, (code) => {
      if (connection !== this.#connection) return;
      this.#client = undefined;
      this.#says("closed", { code });
      this.#comeBack();
    });
    this.#begin();
  }

  #disconnect(): void {
    if (!this.#client) return;
    this.#connection++;
    this.#client.close();
    this.#client = undefined;
    this.#says("closed", { code: "left" });
  }

  #comeBack(): void {
    const { random } = this.#options;
    this.#later(this.#isHealed ? 200 : 100 + 20_000 * random.next() ** 3, () => this.#connect());
  }

  /** Begins or goes on, in one of the ways that there are. */
  #begin(): void {
    const { random } = this.#options;
    if (!this.#client) return;
    if (this.#cursor !== undefined) return this.#follow("after", { after: this.#cursor });
    this.#copy = new Map();
    const how = random.int(0, 3);
    if (how === 0) void this.#list();
    // Who was cut off amid a snapshot has a cursor that stands for all of it.
    else if (how === 1) this.#follow("snapshot", { after: unfinishedSnapshot });
    else this.#follow("snapshot", { snapshot: true });
  }

  async #list(): Promise<void> {
    const connection = this.#connection;
    const answer = await this.#query();
    if (connection !== this.#connection) return;
    const list = answer && readList(answer, this.#topic);
    if (list === undefined)
      return this.#later(1000, () => connection === this.#connection && this.#begin());
    // Pages are of different moments: only what is one page is what a cursor stands for.
    if (list.next !== undefined) return this.#follow("snapshot", { snapshot: true });
    this.#copy = list.copy;
    this.#cursor = list.cursor;
    this.#follow("list", { after: list.cursor }, list.nodes);
  }

  async #query(page?: string): Promise<GraphqlAnswer | undefined> {
    const { variables } = this.#topic;
    const asked = this.#client?.execute(listDocument(this.#topic), { ...variables, page });
    return asked?.catch(() => undefined);
  }

  #follow(how: string, start: JsonObject, nodes?: readonly unknown[]): void {
    const connection = this.#connection;
    const { field, variables } = this.#topic;
    const cursor = typeof start["after"] === "string" ? start["after"] : undefined;
    this.#says("subscribed", { cursor, message: { field, variables, how, nodes } });
    const isPast = () => connection !== this.#connection;
    this.#client?.subscribe(
      subscriptionDocument(this.#topic),
      { ...variables, ...start },
      {
        onNext: (answer) => isPast() || this.#hear(answer),
        onComplete: () => isPast() || this.#says("completed"),
        onError: ([error]) => {
          if (isPast()) return;
          this.#says("error", { code: error?.code ?? "none", message: { ...error } });
          if (error?.code === "CURSOR_EXPIRED") this.#cursor = undefined;
          this.#later(this.#isHealed ? 200 : 1000, () => isPast() || this.#begin());
        },
      },
    );
  }

  #hear({ data, errors }: GraphqlAnswer): void {
    const change = data?.[this.#topic.field];
    if (!isObject(change)) {
      const [error] = errors;
      this.#says("error", { code: error?.code ?? "none", message: { ...error } });
      return;
    }
    const { type, cursor, changed, [this.#topic.entity]: entity } = change;
    this.#hasHeard = true;
    this.#says("message", { cursor: String(cursor), message: { type, changed, entity } });
    if (type === "SYNCED") this.#cursor = String(cursor);
    else if (this.#cursor !== undefined) this.#cursor = String(cursor);
    if (!isObject(entity)) return;
    const key = keyOf(this.#topic, entity);
    if (type === "REMOVED") this.#copy.delete(key);
    else this.#copy.set(key, JSON.stringify(entity));
  }

  // What goes wrong with it

  #planMischief(): void {
    const { random } = this.#options;
    this.#later(2000 + 40_000 * random.next(), () => {
      if (this.#isHealed) return;
      this.#planMischief();
      if (!this.#client) return;
      const stalledMs = 60_000 * random.next();
      if (random.chance(0.5)) {
        this.#disconnect();
        this.#comeBack();
      } else {
        const client = this.#client;
        client.stall(true);
        this.#later(stalledMs, () => client.stall(false));
      }
    });
  }

  /** A process that says nothing at all may be paused, or its machine gone: another one is asked. */
  #planPing(): void {
    this.#later(pingEveryMs, () => {
      this.#planPing();
      if (!this.#client) return;
      if (!this.#hasHeard) {
        this.#disconnect();
        return this.#comeBack();
      }
      this.#hasHeard = false;
      this.#client.ping(() => (this.#hasHeard = true));
    });
  }

  // What it knows in the end

  /** Why its copy is not what a query answers, as of the last look. */
  compare(): string[] {
    void this.#look();
    const { field, variables } = this.#topic;
    const who = `${this.#name} (${field} ${JSON.stringify(variables)})`;
    return this.#difference === undefined ? [] : [`${who}: ${this.#difference}`];
  }

  async #look(): Promise<void> {
    const connection = this.#connection;
    const truth = new Map<string, string>();
    let page: string | undefined;
    do {
      const answer = await this.#query(page);
      const list = answer && readList(answer, this.#topic);
      if (connection !== this.#connection || this.#cursor === undefined)
        return void (this.#difference = "not connected");
      if (list === undefined)
        return void (this.#difference = `no answer: ${JSON.stringify(answer)}`);
      for (const [key, entity] of list.copy) truth.set(key, entity);
      page = list.next;
    } while (page !== undefined);
    this.#difference = differenceOf(this.#copy, truth);
  }
}

interface List {
  readonly copy: Map<string, string>;
  readonly cursor: string;
  readonly nodes: readonly unknown[];
  /** Where the next page begins, if there is one. */
  readonly next: string | undefined;
}

function readList({ data, errors }: GraphqlAnswer, topic: Topic): List | undefined {
  const list = data?.[topic.list];
  if (errors.length > 0 || !isObject(list) || !Array.isArray(list["nodes"])) return undefined;
  const nodes: readonly unknown[] = list["nodes"];
  const copy = new Map(
    nodes.flatMap((node) =>
      isObject(node) ? [[keyOf(topic, node), JSON.stringify(node)] as const] : [],
    ),
  );
  const pageInfo = isObject(list["pageInfo"]) ? list["pageInfo"] : {};
  const next = pageInfo["hasNextPage"] === true ? String(pageInfo["endCursor"]) : undefined;
  return { copy, cursor: String(list["changeCursor"]), nodes, next };
}

function differenceOf(
  copy: ReadonlyMap<string, string>,
  truth: ReadonlyMap<string, string>,
): string | undefined {
  for (const [key, its] of truth)
    if (copy.get(key) !== its) return `${key} is ${its}, and ${copy.get(key) ?? "not known"}`;
  for (const key of copy.keys()) if (!truth.has(key)) return `${key} is gone, and still known`;
  return undefined;
}
