// People who do things to daemons at random moments, through whatever api process they reach: all that the API lets them,
// sensible or not. They state what they ask and what they are told; whether that was right is for the checkers.
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { Tell } from "./facts.ts";
import { drawAct } from "./user-acts.ts";
import type { Act } from "./user-acts.ts";

/** What an api process answers, as its client reads it. */
export interface Answer {
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly errors: readonly { readonly message: string; readonly code: string }[];
}

/** A way into an api process. */
export interface Entrance {
  readonly process: string;
  /** Rejects when the connection ends before the answer: then nobody knows. */
  execute(text: string, variables: Readonly<Record<string, unknown>>): Promise<Answer>;
}

export interface UsersOptions {
  /** The world's. */
  readonly clock: Pick<Clock, "after">;
  readonly random: Random;
  readonly tell: Tell;
  /** Those that can be reached now; none is normal. */
  readonly entrances: () => readonly Entrance[];
  /** Clusters with the ids of their instances that have not left. */
  readonly clusters: () => readonly {
    readonly name: string;
    readonly arn: string;
    readonly instances: readonly string[];
  }[];
  /** Task definitions whose tasks go on, and those whose tasks end by themselves. */
  readonly definitions: { readonly always: readonly string[]; readonly once: readonly string[] };
  /** Mutations a minute of all of them together. */
  readonly perMinute: number;
}

export interface Users {
  /** They have seen enough: nothing is asked any more. */
  end(): void;
}

/** After this a user gives up on an answer, ms. */
const patienceMs = 20_000;
/** What must be there from the beginning is asked for until it is. */
const againMs = 1500;
const looksPerMinute = 4;
/** Answers that would be the same the next time. */
const isFinal: ReadonlySet<string> = new Set(["CONFLICT", "BAD_USER_INPUT"]);

const look = `query Look($cluster: String!) {
  daemons(cluster: $cluster) { nodes { name status { phase } placements(first: 50) { nodes { state reason } } } }
}`;

export function createUsers(options: UsersOptions): Users {
  const { clock, random, tell } = options;
  let asks = 0;
  let isOver = false;
  /** The revision of a daemon that users saw last. */
  const seen = new Map<string, number>();

  /** Resolves to undefined when nobody answered in time. */
  function answerOf(asking: Promise<Answer>): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      const cancel = clock.after(patienceMs, () => resolve(undefined));
      const end = (answer: Answer | undefined) => {
        cancel();
        resolve(answer);
      };
      asking.then(end, () => end(undefined));
    });
  }

  /** Answers whether it is worth asking again: nobody answered, or the process knows nothing yet. */
  async function perform(act: Act): Promise<boolean> {
    const { mutation, input, dryRun, expects } = act;
    const entrances = options.entrances();
    if (entrances.length === 0) return true;
    const { process, execute } = random.pick(entrances);
    const ask = ++asks;
    const user = `user-${random.int(1, 3)}`;
    tell({ kind: "asked", ask, user, process, mutation, input, dryRun, expects });
    const answer = await answerOf(execute(documentOf(act), dryRun ? { input, dryRun } : { input }));
    if (answer === undefined) {
      tell({ kind: "told", ask, outcome: "lost" });
      return true;
    }
    const [error] = answer.errors;
    const payload = answer.data?.[mutation];
    if (error || !isPayload(payload)) {
      tell({ kind: "told", ask, outcome: "error", ...error });
      return error === undefined || !isFinal.has(error.code);
    }
    const { daemon } = payload;
    if (daemon) seen.set(`${String(input["cluster"])} ${daemon.name}`, daemon.revision);
    tell({ kind: "told", ask, outcome: "ok", answer: { ...payload } });
    return false;
  }

  async function lookAround(): Promise<void> {
    const entrances = options.entrances();
    const clusters = options.clusters();
    if (entrances.length === 0 || clusters.length === 0) return;
    const { process, execute } = random.pick(entrances);
    const answer = await answerOf(execute(look, { cluster: random.pick(clusters).name }));
    const daemons = answer?.data?.["daemons"];
    if (!isDaemonList(daemons)) return;
    for (const { name, status, placements } of daemons.nodes)
      tell({
        kind: "looked",
        user: "user-1",
        process,
        daemon: name,
        phase: status.phase,
        placements: placements.nodes,
      });
  }

  function insist(act: Act): void {
    if (isOver) return;
    void perform(act).then((isOpen) => {
      if (isOpen) clock.after(againMs, () => insist(act));
    });
  }

  function repeat(perMinute: number, what: () => void): void {
    if (perMinute <= 0) return;
    clock.after((-Math.log(1 - random.next()) * 60_000) / perMinute, () => {
      if (isOver) return;
      what();
      repeat(perMinute, what);
    });
  }

  const draw = (isFirst: boolean): Act | undefined => drawAct(random, options, seen, isFirst);
  for (let first = random.int(1, 3); first > 0; first--) {
    const act = draw(true);
    if (act) insist(act);
  }
  repeat(options.perMinute, () => {
    const act = draw(false);
    if (act) void perform(act);
  });
  repeat(looksPerMinute, () => void lookAround());
  return {
    end: () => {
      isOver = true;
    },
  };
}

const mutationsWithDryRun = new Set(["registerDaemon", "updateDaemon"]);

function documentOf({ mutation }: Act): string {
  const type = inputTypes[mutation] ?? "DaemonInput";
  const payload = "daemon { name revision paused } plan { start stop keep skip { reason } }";
  return mutationsWithDryRun.has(mutation)
    ? `mutation Do($input: ${type}!, $dryRun: Boolean) { ${mutation}(input: $input, dryRun: $dryRun) { ${payload} } }`
    : `mutation Do($input: ${type}!) { ${mutation}(input: $input) { ${payload} } }`;
}

const inputTypes: Readonly<Record<string, string>> = {
  registerDaemon: "RegisterDaemonInput",
  updateDaemon: "UpdateDaemonInput",
  rollbackDaemon: "RollbackDaemonInput",
  rerunDaemon: "RerunDaemonInput",
  deregisterDaemon: "DeregisterDaemonInput",
};

interface Payload {
  readonly daemon: { readonly name: string; readonly revision: number } | null;
}

const isPayload = (value: unknown): value is Payload =>
  typeof value === "object" && value !== null && "daemon" in value;

interface DaemonList {
  readonly nodes: readonly {
    readonly name: string;
    readonly status: { readonly phase: string };
    readonly placements: { readonly nodes: readonly { state: string; reason: string }[] };
  }[];
}

const isDaemonList = (value: unknown): value is DaemonList =>
  typeof value === "object" && value !== null && "nodes" in value;
