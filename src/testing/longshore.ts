// Longshore as a user has it, for tests: real role processes, a real Redis, the simulator over HTTP, and a client
// of the API that waits for facts. Nothing of it reaches into the processes.
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { systemClock } from "../clock.ts";
import { isObject } from "../ecs/json.ts";
import { roleSettings, startRole } from "../harness/role-process.ts";
import type { RoleProcess } from "../harness/role-process.ts";
import { freePort } from "../redis-server/start.ts";
import { startSimulator } from "../simulator/server.ts";
import type { Simulator, SimulatorOptions } from "../simulator/server.ts";
import { testRedis } from "./redis.ts";
import type { TestRedis } from "./redis.ts";

/** Waits until `look` answers something; throws with what was seen last when it never does. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = systemClock.monotonic() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined) return seen;
    } catch (error) {
      last = error;
    }
    if (systemClock.monotonic() > deadline)
      throw new Error(`never came: ${what}`, last === undefined ? {} : { cause: last });
    await systemClock.sleep(25);
  }
}

export type { RoleProcess };

export interface Longshore {
  readonly redis: TestRedis;
  readonly simulator: Simulator;
  readonly url: string;
  /** Starts `longshore serve ROLES` as a process of its own. */
  serve(...roles: string[]): RoleProcess;
  /** The same with other settings of this one process. */
  serveWith(settings: Record<string, string>, ...roles: string[]): RoleProcess;
  /** Waits until the API says that it is ready: a minute, unless told otherwise. */
  ready(timeoutMs?: number): Promise<void>;
  /** Runs an operation; throws on errors, with the operation in the message. */
  graphql(query: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** Runs an operation that must fail; returns the first error's code and message. */
  refused(
    query: string,
    variables?: Record<string, unknown>,
  ): Promise<{ code: string; message: string }>;
  /** Subscribes; payloads pile up in the returned list. */
  subscribe(query: string, variables?: Record<string, unknown>): Subscription;
  /** POST to the simulator's controls. */
  control(path: string, body: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** GraphQL data, read by path: `answer.at("tasks", "nodes")`. */
export class Answer {
  readonly #data: unknown;
  constructor(data: unknown) {
    this.#data = data;
  }
  at(...path: (string | number)[]): Answer {
    let value = this.#data;
    for (const step of path) {
      if (Array.isArray(value)) value = value[Number(step)];
      else if (isObject(value)) value = value[step];
      else throw new Error(`no ${path.join(".")} in ${JSON.stringify(this.#data)}`);
    }
    return new Answer(value);
  }
  get value(): unknown {
    return this.#data;
  }
  text(...path: (string | number)[]): string {
    return String(this.at(...path).value);
  }
  count(...path: (string | number)[]): number {
    return Number(this.at(...path).value);
  }
  list(...path: (string | number)[]): Answer[] {
    const { value } = this.at(...path);
    if (!Array.isArray(value))
      throw new Error(`no list at ${path.join(".")}: ${JSON.stringify(value)}`);
    return value.map((item) => new Answer(item));
  }
}

export interface Subscription {
  readonly payloads: Answer[];
  /** Why it ended, when it has. */
  ended(): string | undefined;
  close(): void;
}

function subscribeTo(url: string, query: string, variables: Record<string, unknown>): Subscription {
  const client = createClient({
    url: `${url.replace("http", "ws")}graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  const payloads: Answer[] = [];
  let end: string | undefined;
  const stop = client.subscribe(
    { query, variables },
    {
      next: ({ data, errors }) => {
        if (errors) end = JSON.stringify(errors);
        else payloads.push(new Answer(data));
      },
      error: (error) => {
        end = error instanceof Error ? error.message : JSON.stringify(error);
      },
      complete: () => {
        end ??= "complete";
      },
    },
  );
  return {
    payloads,
    ended: () => end,
    close: () => {
      stop();
      void client.dispose();
    },
  };
}

export async function startLongshore(
  simulated: SimulatorOptions,
  settings: Record<string, string> = {},
): Promise<Longshore> {
  const redis = await testRedis();
  const simulator = await startSimulator(simulated);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const running: RoleProcess[] = [];
  const environment = {
    ...roleSettings({ redisUrl: redis.url, simulatorUrl: simulator.url, port }),
    ...settings,
  };
  async function request(query: string, variables: Record<string, unknown>): Promise<unknown> {
    const response = await fetch(`${url}graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    return response.json();
  }
  const serveWith: Longshore["serveWith"] = (own, ...roles) => {
    const role = startRole(roles, { ...environment, ...own });
    running.push(role);
    return role;
  };
  return {
    redis,
    simulator,
    url,
    serve: (...roles) => serveWith({}, ...roles),
    serveWith,
    // Several processes start at the same time, on a machine that may be busy with others.
    ready: async (timeoutMs = 60_000) => {
      const isReady = async () => {
        const answer = await fetch(`${url}readyz`);
        if (answer.ok) return true;
        throw new Error(`${url}readyz says: ${await answer.text()}`);
      };
      await until("a ready API", isReady, timeoutMs);
    },
    graphql: async (query, variables = {}) => {
      const body = await request(query, variables);
      if (!isObject(body) || body["errors"] !== undefined)
        throw new Error(`${query}\n${JSON.stringify(variables)}\n${JSON.stringify(body)}`);
      return new Answer(body["data"]);
    },
    refused: async (query, variables = {}) => {
      const body = new Answer(await request(query, variables));
      return {
        code: body.text("errors", 0, "extensions", "code"),
        message: body.text("errors", 0, "message"),
      };
    },
    subscribe: (query, variables = {}) => subscribeTo(url, query, variables),
    control: async (path, body) => {
      const response = await fetch(`${simulator.url}/_simulator/${path}`, {
        method: "POST",
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
      return response.json();
    },
    close: async () => {
      await Promise.all(running.map((role) => role.kill("SIGKILL")));
      await simulator.close();
      await redis.stop();
    },
  };
}
