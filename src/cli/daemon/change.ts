// Changes a daemon: asks first where something would stop, runs the mutation, shows what follows from it.
import type {
  DaemonPayload,
  Mutation,
  RegisterDaemonInput,
} from "../../client/generated/schema.ts";
import type { Named } from "../../client/operation.ts";
import type { Selected } from "../../client/select.ts";
import { arnId } from "../../ecs/arn.ts";
import { number, text } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import type { ApiClient } from "../client.ts";
import { ClientFailure, usageFailure } from "../failure.ts";
import { colourPaint, plainPaint } from "../style.ts";
import type { Terminal } from "../terminal.ts";
import { daemonSettings, rolloutFields } from "./fields.ts";
import { describePlan } from "./plan-text.ts";

/** Mutations that change a daemon. */
type DaemonMutation = {
  [Name in Named<Mutation>]: Mutation[Name] extends DaemonPayload ? Name : never;
}[Named<Mutation>];

/** What a warning may need to know of the daemon as it is. */
interface Counts {
  readonly status: { readonly running: number; readonly outdated: number };
}

/** A mutation of the API: its field and the word for what it has done. */
export interface Change {
  readonly field: DaemonMutation;
  readonly done: string;
  readonly takesDryRun: boolean;
  /** The input of updateDaemon whose plan tells what is taken away; undefined where a person is asked in any case. */
  readonly asUpdate?: (input: JsonObject) => JsonObject;
  /** What a person is asked before it is done; undefined where nothing is taken away. */
  readonly warning?: (daemon: Counts, input: JsonObject) => string;
}

const change = (field: DaemonMutation, done: string): Change => ({
  field,
  done,
  takesDryRun: false,
});

export const daemonChanges = {
  register: {
    ...change("registerDaemon", "registered"),
    takesDryRun: true,
  },
  update: {
    ...change("updateDaemon", "updated"),
    takesDryRun: true,
    asUpdate: (input) => input,
    warning: () => "This replaces or stops tasks.",
  },
  rollback: {
    ...change("rollbackDaemon", "rolled back"),
    warning: (daemon, input) =>
      `Its ${daemon.status.running} running tasks are replaced by those of revision ${number(input, "toRevision") ?? "before the present one"}.`,
  },
  pause: change("pauseDaemon", "paused"),
  resume: {
    ...change("resumeDaemon", "resumed"),
    asUpdate: (input) => ({ ...input, paused: false }),
    warning: () => "What was held back begins now: this replaces or stops tasks.",
  },
  promote: {
    ...change("promoteDaemon", "promoted"),
    warning: (daemon) =>
      `The canary goes on to the whole fleet: ${daemon.status.outdated} tasks of earlier revisions are replaced.`,
  },
  rerun: {
    ...change("rerunDaemon", "to run again"),
    warning: () => "What its tasks do is done once more on these container instances.",
  },
  deregister: {
    ...change("deregisterDaemon", "deregistered"),
    warning: (daemon, input) =>
      input["stopTasks"] === false
        ? `Its ${daemon.status.running} running tasks go on without a daemon: nothing starts or replaces them any more.`
        : `Its ${daemon.status.running} running tasks are stopped.`,
  },
} as const satisfies Record<string, Change>;

export interface ChangeOptions {
  readonly json: boolean;
  readonly dryRun: boolean;
  /** Do it without asking. */
  readonly yes: boolean;
}

const daemonFields = {
  cluster: { arn: true, name: true },
  name: true,
  ...daemonSettings,
  stableRevision: true,
  rollout: rolloutFields,
  revisions: { revision: true, taskDefinition: true, selector: true, createdAt: true },
} as const;
const planFields = {
  start: true,
  stop: true,
  keep: true,
  skip: { containerInstance: true, reason: true },
} as const;
const wavesFields = { waves: { start: true, replace: true, stop: true }, apiCalls: true } as const;
const done = { daemon: daemonFields, plan: planFields } as const;
const foreseen = { daemon: daemonFields, plan: { ...planFields, ...wavesFields } } as const;

/** What the API answered; with the waves of a plan that was only made to be seen. */
export type Payload = Selected<DaemonPayload, typeof done | typeof foreseen>;

function headline(
  { field, done }: Change,
  input: JsonObject,
  daemon: Payload["daemon"],
  dryRun: boolean,
): string {
  const where = daemon?.cluster.name ?? arnId(text(input, "cluster") ?? "");
  const revision = daemon ? `, revision ${daemon.revision}` : "";
  const paused = daemon?.paused === true && field !== "pauseDaemon" ? ", paused" : "";
  const verb = dryRun ? `would be ${done} (dry run: nothing was changed)` : done;
  return `daemon ${text(input, "name")} in ${where} ${verb}${revision}${paused}`;
}

async function mutate(
  client: ApiClient,
  { field, takesDryRun }: Change,
  input: JsonObject,
  dryRun: boolean,
): Promise<Payload> {
  // What people wrote was held against the schema where it was read, and is judged by the API.
  const given = { input: input as unknown as RegisterDaemonInput, ...(takesDryRun && { dryRun }) };
  return dryRun ? client.mutate(field, given, foreseen) : client.mutate(field, given, done);
}

function describe(
  change: Change,
  input: JsonObject,
  { daemon, plan }: Payload,
  dryRun: boolean,
  terminal: Terminal,
): string {
  const paint = terminal.colours ? colourPaint : plainPaint;
  const lines = describePlan(plan, terminal.width, paint);
  return [headline(change, input, daemon, dryRun), ...lines].join("\n");
}

/** Whether tasks that run now would go. */
function takesAway(plan: Payload["plan"]): boolean {
  const waves = "waves" in plan ? plan.waves : [];
  return (
    plan.stop.length > 0 || waves.some(({ replace, stop }) => replace.length + stop.length > 0)
  );
}

/** Asks the person at the terminal; where nobody is, nothing is asked. Throws a ClientFailure when the answer is no. */
async function confirm(
  client: ApiClient,
  change: Change,
  input: JsonObject,
  terminal: Terminal,
): Promise<void> {
  const { warning, asUpdate } = change;
  if (!warning || !terminal.ask) return;
  if (asUpdate) {
    const payload = await mutate(client, daemonChanges.update, asUpdate(input), true);
    if (!takesAway(payload.plan)) return;
    terminal.note(describe(change, input, payload, true, terminal));
  }
  const which = { cluster: text(input, "cluster") ?? "", name: text(input, "name") ?? "" };
  const daemon = await client.query("daemon", which, { status: { running: true, outdated: true } });
  // What is not there fails with the API's own words.
  if (!daemon) return;
  const where = `${text(input, "name")} in ${arnId(text(input, "cluster") ?? "")}`;
  const isYes = await terminal.ask(`${warning(daemon, input)} Go on with daemon ${where}? [y/N] `);
  if (!isYes) throw new ClientFailure("here", "DECLINED", "nothing was changed.");
}

/** Runs a mutation and prints the daemon and the plan. What the API answered. Throws a ClientFailure. */
export async function changeDaemon(
  client: ApiClient,
  change: Change,
  input: JsonObject,
  { json, dryRun, yes }: ChangeOptions,
  terminal: Terminal,
): Promise<Payload> {
  for (const [argument, how] of [
    ["name", "its NAME"],
    ["cluster", "--cluster"],
  ] as const)
    if (text(input, argument) === undefined)
      throw usageFailure(`which daemon? Say ${how}, or put "${argument}" in the file.`);
  if (!dryRun && !yes) await confirm(client, change, input, terminal);
  const payload = await mutate(client, change, input, dryRun);
  if (json) await terminal.print(`${JSON.stringify(payload)}\n`);
  else await terminal.print(`${describe(change, input, payload, dryRun, terminal)}\n`);
  return payload;
}
