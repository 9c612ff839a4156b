// One client that follows a subscription for the whole run: over any replica, resuming with its last cursor whenever a
// connection ends, anew only when it is told that its cursor has expired. What it is told goes to its check.
import { createClient } from "graphql-ws";
import type { Client } from "graphql-ws";
import WebSocket from "ws";
import { cursorKey, decodeCursor } from "../changes/cursor.ts";
import type { Clock } from "../clock.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import { isObject, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { Random } from "../random.ts";
import { CursorCheck } from "./cursor-check.ts";
import type { Interest, Told } from "./cursor-check.ts";

export interface SubscriptionSpec {
  readonly name: string;
  /** `taskChanges` or `containerInstanceChanges`, whose list is `list` and whose entity is `entity`. */
  readonly field: string;
  readonly list: string;
  readonly entity: string;
  readonly filterType: string;
  readonly filter: Readonly<Record<string, unknown>>;
  /** What is selected of an entity: id, version and status among it. */
  readonly selection: string;
  readonly interest: Interest;
}

const tasks = {
  field: "taskChanges",
  list: "tasks",
  entity: "task",
  filterType: "TaskFilter",
  selection: "id version status: lastStatus desiredStatus",
};

export const subscriptionSpecs: readonly SubscriptionSpec[] = [
  { ...tasks, name: "all tasks", filter: {}, interest: { kind: "t", matches: () => true } },
  {
    ...tasks,
    name: "running tasks",
    filter: { lastStatus: ["RUNNING"] },
    interest: { kind: "t", matches: ({ status }) => status === "RUNNING" },
  },
  {
    ...tasks,
    name: "tasks of one daemon",
    filter: { group: "daemon:lamp" },
    interest: { kind: "t", matches: ({ group }) => group === "daemon:lamp" },
  },
  {
    name: "container instances",
    field: "containerInstanceChanges",
    list: "containerInstances",
    entity: "containerInstance",
    filterType: "ContainerInstanceFilter",
    filter: {},
    selection: "id version status agentConnected",
    interest: { kind: "i", matches: () => true },
  },
];

export interface Subscriber {
  readonly name: string;
  readonly spec: SubscriptionSpec;
  readonly check: CursorCheck;
  /** How often it resumed, began anew, and was told CURSOR_EXPIRED. */
  readonly counts: { resumed: number; begun: number; expired: number; told: number };
  /** Closes its connection; it comes back elsewhere. With `anew` it forgets its cursor. */
  leave(anew: boolean): void;
  close(): Promise<void>;
}

export interface SubscriberOptions {
  readonly name: string;
  readonly spec: SubscriptionSpec;
  readonly cluster: ClusterArn;
  readonly urls: readonly string[];
  readonly random: Random;
  readonly clock: Clock;
  readonly onTrouble: (what: string) => void;
}

/** A replica that does not answer a ping for so long is left, ms. */
const pongMs = 3000;

/** One that is given up before it is open says so to whoever listens, and to nobody else. */
class QuietSocket extends WebSocket {
  constructor(...[address, protocols]: ConstructorParameters<typeof WebSocket>) {
    super(address, protocols);
    this.on("error", () => {});
  }
}

/** A client that leaves a server which has gone silent. */
function patientClient(url: string, clock: Clock): Client {
  let cancel: (() => void) | undefined;
  const client = createClient({
    url: `${url.replace("http", "ws")}graphql`,
    webSocketImpl: QuietSocket,
    retryAttempts: 0,
    connectionAckWaitTimeout: pongMs,
    keepAlive: pongMs,
    on: {
      ping: (isReceived) => {
        if (!isReceived) cancel = clock.after(pongMs, () => client.terminate());
      },
      pong: (isReceived) => {
        if (isReceived) cancel?.();
      },
      closed: () => cancel?.(),
    },
  });
  return client;
}

const subscriptionOf = ({ field, entity, filterType, selection }: SubscriptionSpec): string =>
  `subscription ($filter: ${filterType}, $after: String, $snapshot: Boolean) {
    changes: ${field}(filter: $filter, after: $after, snapshot: $snapshot) { type cursor entity: ${entity} { ${selection} } }
  }`;

/** Codes of the errors of a payload or of an `error` message. */
function codesOf(errors: unknown): string[] {
  return (Array.isArray(errors) ? errors : []).flatMap((error: unknown) => {
    const extensions = isObject(error) ? error["extensions"] : undefined;
    return isObject(extensions) ? (text(extensions, "code") ?? "") : [];
  });
}

/** Ends that a broken world explains. */
const usualCodes = new Set(["CURSOR_EXPIRED", "UNAVAILABLE"]);

function toldOf(change: JsonObject, cluster: ClusterArn): Told & { cursor: string } {
  const cursor = text(change, "cursor") ?? "";
  const position = decodeCursor(cursor);
  const entity = isObject(change["entity"]) ? change["entity"] : {};
  return {
    cursor,
    type: text(change, "type") ?? "",
    seq: position instanceof Map ? position.get(cursorKey(cluster))?.seq : undefined,
    id: text(entity, "id") ?? "",
    version: text(entity, "version") ?? "",
    status: text(entity, "status") ?? "",
  };
}

class FollowingSubscriber implements Subscriber {
  readonly name: string;
  readonly spec: SubscriptionSpec;
  readonly check: CursorCheck;
  readonly counts = { resumed: 0, begun: 0, expired: 0, told: 0 };
  readonly #options: SubscriberOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #cursor: string | undefined;
  #leave: (() => void) | undefined;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.name = options.name;
    this.spec = options.spec;
    this.check = new CursorCheck(options.spec.interest);
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const { urls, random, clock } = this.#options;
    while (!this.#stop.signal.aborted) {
      await this.#follow(random.pick(urls));
      await clock.sleep(random.int(50, 500), this.#stop.signal);
    }
  }

  /** Follows at one replica until the connection or the subscription ends. */
  async #follow(url: string): Promise<void> {
    const client = patientClient(url, this.#options.clock);
    const resumes = this.#cursor !== undefined;
    if (!resumes) this.check.startAnew();
    const variables = resumes ? { after: this.#cursor } : { snapshot: true };
    const query = subscriptionOf(this.spec);
    let isFirst = true;
    const said = (): void => {
      if (isFirst) this.counts[resumes ? "resumed" : "begun"]++;
      isFirst = false;
    };
    await new Promise<void>((resolve) => {
      const stop = client.subscribe(
        { query, variables: { ...variables, filter: this.#filter() } },
        {
          next: ({ data, errors }) => {
            if (errors) return this.#failed(errors);
            said();
            const change = isObject(data) ? data["changes"] : undefined;
            if (isObject(change)) this.#take(change);
          },
          error: (error) => {
            this.#failed(error);
            resolve();
          },
          complete: () => resolve(),
        },
      );
      this.#leave = () => {
        stop();
        resolve();
      };
      if (this.#stop.signal.aborted) this.#leave();
    });
    this.#leave = undefined;
    client.terminate();
    await client.dispose();
  }

  #filter(): Readonly<Record<string, unknown>> {
    return { cluster: this.#options.cluster, ...this.spec.filter };
  }

  #take(change: JsonObject): void {
    const told = toldOf(change, this.#options.cluster);
    this.counts.told++;
    if (told.seq !== undefined) this.#cursor = told.cursor;
    this.check.tell(told);
  }

  #failed(error: unknown): void {
    const codes = codesOf(error);
    if (codes.includes("CURSOR_EXPIRED")) {
      this.counts.expired++;
      this.#cursor = undefined;
    }
    const strange = codes.filter((code) => !usualCodes.has(code));
    if (strange.length > 0)
      this.#options.onTrouble(`subscriber ${this.name} was refused: ${JSON.stringify(error)}`);
  }

  leave(anew: boolean): void {
    if (anew) this.#cursor = undefined;
    this.#leave?.();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#leave?.();
    await this.#running;
  }
}

export function follow(options: SubscriberOptions): Subscriber {
  return new FollowingSubscriber(options);
}
