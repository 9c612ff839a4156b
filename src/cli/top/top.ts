// `longshore top`: follows everything that a view shows and draws it live, until the user ends it.
import type { Clock } from "../../clock.ts";
import type { JsonObject } from "../../ecs/json.ts";
import type { Step } from "../../client/follow.ts";
import type { Listed } from "../asked.ts";
import type { ApiClient } from "../client.ts";
import { details } from "../describe.ts";
import type { Kind } from "../describe.ts";
import { ClientFailure, usageFailure } from "../failure.ts";
import { follow } from "../follow.ts";
import { pagesOf } from "../get.ts";
import { Connection, LiveLoop } from "../live-view.ts";
import { readOne } from "../reading.ts";
import { colourPaint, plainPaint } from "../style.ts";
import type { Terminal } from "../terminal.ts";
import { followed, Fleet, unstopped } from "./fleet.ts";
import type { ViewName } from "./fleet.ts";
import { frame, rowsOf, rowsOn } from "./frame.ts";
import type { Row } from "./frame.ts";
import { initialState, press } from "./state.ts";
import type { TopState } from "./state.ts";

const kindOf: Readonly<Record<ViewName, Kind>> = {
  clusters: "cluster",
  instances: "instance",
  daemons: "daemon",
  tasks: "task",
  failures: "task",
};

/** Of tasks that have stopped already, so many are counted among the failures. */
const stoppedMax = 20_000;

/** Open details are read again so often. */
const detailEveryMs = 1000;

export interface TopOptions {
  readonly view: ViewName;
  /** Cluster to show alone, by name or ARN. */
  readonly cluster: string | undefined;
}

/** The details that are open: asked for again and again, and shown as they were last. */
class OpenDetail {
  readonly #client: ApiClient;
  readonly view: ViewName;
  readonly key: string;
  readonly #variables: JsonObject;
  node: JsonObject | undefined;
  /** Why there is nothing to show. */
  problem: string | undefined;

  constructor(client: ApiClient, view: ViewName, key: string, variables: JsonObject) {
    this.#client = client;
    this.view = view;
    this.key = key;
    this.#variables = variables;
  }

  async read(): Promise<void> {
    try {
      const { asked } = details[kindOf[this.view]];
      this.node = (await readOne(this.#client, asked, this.#variables)) ?? this.node;
      this.problem = this.node ? undefined : "it is gone.";
    } catch (error) {
      // The connection's line says what is wrong with it; this says that there is nothing yet.
      this.problem ??= error instanceof Error ? error.message : String(error);
    }
  }
}

/** One run: the fleet, what was chosen, and the details that are open. */
class Top {
  readonly #client: ApiClient;
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #loop: LiveLoop;
  readonly #options: TopOptions;
  readonly #fleet = new Fleet();
  readonly #connection = new Connection();
  #state: TopState;
  #rows: readonly Row[] = [];
  #page = 1;
  #open: OpenDetail | undefined;

  constructor(client: ApiClient, options: TopOptions, terminal: Terminal, clock: Clock) {
    this.#client = client;
    this.#options = options;
    this.#terminal = terminal;
    this.#clock = clock;
    this.#loop = new LiveLoop(terminal, clock);
    const ages = this.#fleet.columns("tasks").findIndex(({ title }) => title === "AGE");
    this.#state = initialState(options.view, ages);
  }

  run(): Promise<void> {
    const view = {
      frame: (size: { readonly columns: number; readonly rows: number }) => {
        const now = this.#clock.now();
        this.#page = rowsOn(size);
        if (!this.#state.isPaused || this.#rows.length === 0)
          this.#rows = rowsOf(this.#fleet, this.#state, now);
        const paint = this.#terminal.colours ? colourPaint : plainPaint;
        return frame(
          {
            fleet: this.#fleet,
            state: this.#state,
            rows: this.#rows,
            detail: this.#detailLines(size.columns, now),
            connection: this.#connection.line(paint, Math.max(10, size.columns - 20)),
            now,
            paint,
          },
          size,
        );
      },
      onKey: (key: string) => this.#press(key),
      takesText: () => this.#state.isFiltering,
    };
    return this.#loop.run(view, async (signal) => {
      const { cluster } = this.#options;
      const narrow = cluster === undefined ? {} : { cluster };
      const fleet = this.#fleet;
      await Promise.all([
        this.#follow(followed.clusters, {}, signal, (step, now) =>
          fleet.apply("clusters", step, now),
        ),
        this.#follow(followed.instances, narrow, signal, (step, now) =>
          fleet.apply("instances", step, now),
        ),
        this.#follow(followed.daemons, narrow, signal, (step, now) =>
          fleet.apply("daemons", step, now),
        ),
        this.#follow(followed.tasks, { ...unstopped, ...narrow }, signal, (step, now) =>
          fleet.applyTask(step, now),
        ),
        this.#readStopped(signal),
        this.#keepDetail(signal),
      ]);
    });
  }

  #press(key: string): void {
    const columns = this.#fleet.columns(this.#state.view).length;
    const rows = this.#rows.map((row) => row.key);
    const before = this.#state;
    this.#state = press(before, key, { rows, page: this.#page, columns });
    const isSame = this.#state.view === before.view && this.#state.filter === before.filter;
    if (!isSame || this.#state.sorts !== before.sorts)
      this.#rows = rowsOf(this.#fleet, this.#state, this.#clock.now());
    this.#openChosen();
  }

  #openChosen(): void {
    const { isOpen, view, chosen } = this.#state;
    const key = chosen[view];
    const variables = key === undefined ? undefined : this.#fleet.detailVariables(view, key);
    if (!isOpen) this.#open = undefined;
    else if (variables && key !== undefined && this.#open?.key !== key) {
      this.#open = new OpenDetail(this.#client, view, key, variables);
      void this.#open.read().then(this.#loop.changed);
    }
  }

  #detailLines(width: number, now: number): readonly string[] | undefined {
    const open = this.#open;
    if (!open?.node) return open?.problem === undefined ? undefined : [open.problem];
    const paint = this.#terminal.colours ? colourPaint : plainPaint;
    return details[kindOf[open.view]].lines(open.node, { now, width, paint });
  }

  async #keepDetail(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(detailEveryMs, signal);
      await this.#open?.read();
    }
  }

  /** What stopped before: read once, and left as it is when it cannot be; the connection's line says what is wrong. */
  async #readStopped(signal: AbortSignal): Promise<void> {
    const { cluster } = this.#options;
    const filter = { lastStatus: ["STOPPED"], ...(cluster === undefined ? {} : { cluster }) };
    const pages = pagesOf(this.#client, followed.tasks, { limit: stoppedMax, filter });
    try {
      for await (const { nodes } of pages) {
        if (signal.aborted) return;
        for (const node of nodes) this.#fleet.stopped(node);
        this.#loop.changed();
      }
    } catch (error) {
      if (!(error instanceof ClientFailure)) throw error;
    }
  }

  async #follow<Node>(
    asked: Listed<Node>,
    filter: JsonObject,
    signal: AbortSignal,
    take: (step: Step<Node>, now: number) => void,
  ): Promise<void> {
    const steps = follow(this.#client, asked, {
      start: { kind: "snapshot" },
      filter,
      signal,
      onDown: (failure) => {
        this.#connection.down(failure);
        this.#loop.changed();
      },
      onUp: () => {
        this.#connection.up();
        this.#loop.changed();
      },
    });
    for await (const step of steps) {
      take(step, this.#clock.now());
      if (step.kind !== "heartbeat") this.#loop.changed();
    }
  }
}

/** Shows the fleet live until the user ends it. Throws a ClientFailure. */
export async function top(
  client: ApiClient,
  options: TopOptions,
  terminal: Terminal,
  clock: Clock,
): Promise<void> {
  if (terminal.width === undefined)
    throw usageFailure(
      "top draws on a terminal, and stdout is none: longshore get and watch print.",
    );
  await new Top(client, options, terminal, clock).run();
}
