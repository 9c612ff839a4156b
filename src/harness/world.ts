// A world for the tests of a program that uses Longshore: its own bad week, drawn from a seed, with Longshore's processes,
// the program's, ECS and Redis in this one process under virtual time. The same seed is the same world.
import { EventEmitter } from "node:events";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { LongshoreClient } from "../client/index.ts";
import type { Kit } from "../kit/index.ts";
import { assembleKit } from "../kit/kit.ts";
import type { ClientBudget } from "../aws/budgeted-client.ts";
import { guardDoors } from "../simulation/door-guard.ts";
import type { DrawnWorld } from "../simulation/draw.ts";
import { openEcs, openEcsClient } from "../simulation/ecs-link.ts";
import { calm } from "../simulation/faults.ts";
import type { FaultName } from "../simulation/faults.ts";
import type { Breach, Fact } from "../simulation/facts.ts";
import type { Guest, GuestDoors, GuestProcess } from "../simulation/guest.ts";
import { FactHash } from "../simulation/record.ts";
import { isTold, line } from "../simulation/story.ts";
import { runWorld } from "../simulation/world.ts";
import { behaviourLabels } from "../simulator/task-definition.ts";
import { createAsks, createWorldClient } from "./world-client.ts";
import { checkProgram } from "./world-checks.ts";
import type { ProgramChecker, WorldChecks } from "./world-checks.ts";

/** What a program has in a world, in the place of what it would open by itself. Closed with its process. */
export interface WorldKit extends Kit {
  /** Name of this process in the story: `program-7`. One that is started again has another. */
  readonly process: string;
  /**
   * ECS for programs that use the AWS SDK: `send(new RunTaskCommand({ ... }))`, with the SDK's retries; times in its
   * answers are numbers. Its calls take their turn in the rate budget that Longshore's processes share.
   */
  readonly ecsClient: Pick<ECSClient, "send">;
  /** A line in the story. */
  note(text: string): void;
}

/** A program that runs. */
export interface RunningProgram {
  /** As by SIGTERM: resolves when it has ended. One that takes longer than 30 s is killed. */
  close(): void | Promise<void>;
}

/**
 * Starts the program in a process of its own: called again in a new one whenever one was killed or stopped. All that it
 * does must go through the kit: a real timer, a real clock or real input and output are not of this world.
 */
export type Program = (kit: WorldKit) => RunningProgram | Promise<RunningProgram>;

/** A task definition of one container that the fleet has, as `family:1`. */
export interface WorldTaskDefinition {
  readonly family: string;
  /** CPU units: 1024 are one. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  /** Its container exits by itself so long after it started, ms; it runs on unless given. */
  readonly exitAfterMs?: number;
  /** 0 unless given. */
  readonly exitCode?: number;
}

export interface WorldOptions extends WorldChecks {
  /** A whole number: everything that is not given below is drawn from it. */
  readonly seed: number;
  readonly program: Program;
  /** Name of its kit; `program` unless given. */
  readonly name?: string;
  /** Processes of the program at a time; 1 unless given. */
  readonly copies?: number;
  /** Container instances of the cluster `harbor`, or of `harbor` and `quay`. */
  readonly instances?: number | readonly [number] | readonly [number, number];
  /** What goes wrong: drawn, nothing, or these amounts alone. See docs/scheduler-kit.md. */
  readonly faults?: "drawn" | "none" | Partial<WorldFaultAmounts>;
  /** How long things go wrong, seconds of the world. */
  readonly troubleSeconds?: number;
  /** How often a minute people register, change and remove daemons of their own; never unless given. */
  readonly usersPerMinute?: number;
  /** Beside `node-exporter`, `log-router`, `web`, `ledger` and others that every fleet has. */
  readonly taskDefinitions?: readonly WorldTaskDefinition[];
}

/** Shares of what may happen (0 to 1), or how often a minute it does. `ecsStaleMs` are milliseconds. */
export type WorldFaultAmounts = Readonly<Record<FaultName, number>>;

/** A rule that was broken. */
export interface WorldBreach {
  /** `check`, `program` (a second task for a key), `convergence`, `crash`, or a rule of docs/simulation.md. */
  readonly rule: string;
  readonly message: string;
}

export interface WorldEnd {
  readonly seed: number;
  /** Empty when all is well. The first one ends the world. */
  readonly breaches: readonly WorldBreach[];
  /** How it ended, in words. */
  readonly end: string;
  /** How often each fault happened. */
  readonly faults: ReadonlyMap<string, number>;
  /** Of everything that happened: the same for the same seed, options and version. */
  readonly hash: string;
  /** Everything that matters, a line each, from the beginning; ends with the breaches. */
  readonly story: string;
}

/** Code outside of packages: the program and its test. */
const isOfTests = (frame: string): boolean =>
  /[\\/]/.test(frame) && !/node:|[\\/]node_modules[\\/]/.test(frame);

function adjusted(options: WorldOptions): (drawn: DrawnWorld) => DrawnWorld {
  const { instances, faults = "drawn", troubleSeconds, usersPerMinute = 0 } = options;
  return (drawn) => ({
    ...drawn,
    usersPerMinute,
    ...(instances === undefined ? {} : { clusters: [instances].flat() }),
    ...(troubleSeconds === undefined ? {} : { troubleMs: troubleSeconds * 1000 }),
    ...(faults === "drawn" ? {} : { faults: faults === "none" ? calm : { ...calm, ...faults } }),
  });
}

/** The program as processes of a world. */
class ProgramGuest implements Guest {
  readonly copies: number;
  readonly definitions: Guest["definitions"];
  readonly #options: WorldOptions;
  readonly #nextAsk = createAsks();
  readonly #clients: LongshoreClient[] = [];
  #checker: ProgramChecker | undefined;

  constructor(options: WorldOptions) {
    const { copies = 1, taskDefinitions = [] } = options;
    this.#options = options;
    this.copies = copies;
    this.definitions = taskDefinitions.map(
      ({ family, cpu, memory, exitAfterMs, exitCode = 0 }) => ({
        family,
        cpu,
        memory,
        networkMode: "bridge",
        ...(exitAfterMs === undefined
          ? {}
          : {
              labels: {
                [behaviourLabels.exitAfterMs]: String(exitAfterMs),
                [behaviourLabels.exitCode]: String(exitCode),
              },
            }),
      }),
    );
  }

  start(doors: GuestDoors): GuestProcess {
    const { process, aws, tell, rates, openStore } = doors;
    const { client, cut } = createWorldClient(doors, this.#nextAsk);
    this.#clients.push(client);
    const { name } = process;
    let owner: ClientBudget | undefined;
    const kit = assembleKit({
      name: this.#options.name ?? "program",
      client,
      clock: process.clock,
      random: process.random,
      rates,
      openStore,
      openEcs: (its) => {
        owner = its;
        return openEcs(aws, process, its);
      },
    });
    const send = (command: { readonly input: object }) => {
      // All clusters are of one account and region: any one opens it.
      const [cluster] = aws.engine.world.clusters.values();
      if (cluster) kit.ecsOf(cluster.arn);
      if (!owner) throw new Error("a world without clusters");
      return openEcsClient(aws, process, owner).send(command);
    };
    const running = Promise.resolve().then(() =>
      this.#options.program({
        ...kit,
        process: name,
        ecsClient: { send },
        note: (text) => tell({ kind: "noted", process: name, text }),
      }),
    );
    running.catch((error: unknown) => {
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      tell({ kind: "process", process: name, role: "program", life: "crashed", detail });
    });
    return {
      killed: cut,
      stop: async () => (await running).close(),
    };
  }

  checkers(truth: Parameters<Guest["checkers"]>[0]) {
    this.#checker = checkProgram(truth, this.#options);
    return [this.#checker];
  }

  pending(): readonly string[] {
    const missing = this.#checker?.missing();
    return missing === undefined ? [] : [missing];
  }

  /** What processes still wait for, dead ones too, would keep the whole world in memory. */
  async release(): Promise<void> {
    for (const client of this.#clients) await client.close();
  }
}

async function run(options: WorldOptions): Promise<WorldEnd> {
  const { seed } = options;
  const guest = new ProgramGuest(options);
  const hash = new FactHash();
  const told: Fact[] = [];
  let from: number | undefined;
  const onFact = (fact: Fact) => {
    from ??= fact.at;
    hash.hear(fact);
    // What the world's own subscribers are told would hide all else.
    if (isTold(fact) && fact.kind !== "subscriber") told.push(fact);
  };
  const unguard = guardDoors(isOfTests);
  // Node.js 20 takes the many who wait for a token under one signal for a leak.
  const { defaultMaxListeners } = EventEmitter;
  EventEmitter.defaultMaxListeners = 0;
  try {
    const result = await runWorld({ seed, guest, onFact, adjust: adjusted(options) });
    const { breaches, healedInMs, faults } = result;
    const end =
      healedInMs === undefined
        ? "never as it should be"
        : `as it should be ${healedInMs / 1000} s after all trouble`;
    const broken = breaches.map(inWords);
    let text: string | undefined;
    return {
      seed,
      end,
      faults,
      hash: hash.text,
      breaches: breaches.map(({ checker: rule, message }) => ({ rule, message })),
      get story() {
        return (text ??= [
          ...told.map((fact) => line(fact, from ?? 0)),
          `world ${seed}: ${end}`,
          ...broken,
          "",
        ].join("\n"));
      },
    };
  } finally {
    await guest.release();
    EventEmitter.defaultMaxListeners = defaultMaxListeners;
    unguard();
  }
}

const inWords = ({ checker, message }: Breach): string => `BROKEN  ${checker}: ${message}`;

/** One world at a time: its guards are this whole process's. */
let last: Promise<unknown> = Promise.resolve();

/** Runs a program through one world; resolves when that has come to its end, well or not. */
export function world(options: WorldOptions): Promise<WorldEnd> {
  const mine = last.then(() => run(options));
  last = mine.catch(() => undefined);
  return mine;
}
