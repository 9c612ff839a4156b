// Changes a daemon: asks first where something would stop, runs the mutation, shows what follows from it.
import { arnId } from "../../ecs/arn.ts";
import { isObject, number, objects, text } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import type { ApiClient } from "../client.ts";
import { ClientFailure, usageFailure } from "../failure.ts";
import { at, count } from "../resources/fields.ts";
import { colourPaint, plainPaint } from "../style.ts";
import type { Terminal } from "../terminal.ts";
import { describePlan } from "./plan-text.ts";

/** A mutation of the API: its field, its input type and the word for what it has done. */
export interface Change {
  readonly field: string;
  readonly inputType: string;
  readonly done: string;
  readonly takesDryRun: boolean;
  /** What a person is asked before it is done; undefined where nothing is taken away. */
  readonly warning?: (daemon: JsonObject, input: JsonObject) => string;
}

const running = (daemon: JsonObject): string => count(at(daemon, "status"), "running") || "0";
const change = (field: string, inputType: string, done: string): Change => ({
  field,
  inputType,
  done,
  takesDryRun: false,
});

export const daemonChanges = {
  register: {
    ...change("registerDaemon", "RegisterDaemonInput", "registered"),
    takesDryRun: true,
  },
  update: {
    ...change("updateDaemon", "UpdateDaemonInput", "updated"),
    takesDryRun: true,
    warning: () => "This replaces or stops tasks.",
  },
  rollback: {
    ...change("rollbackDaemon", "RollbackDaemonInput", "rolled back"),
    warning: (daemon, input) =>
      `Its ${running(daemon)} running tasks are replaced by those of revision ${number(input, "toRevision") ?? "before the present one"}.`,
  },
  pause: change("pauseDaemon", "DaemonInput", "paused"),
  resume: change("resumeDaemon", "DaemonInput", "resumed"),
  promote: {
    ...change("promoteDaemon", "DaemonInput", "promoted"),
    warning: (daemon) =>
      `The canary goes on to the whole fleet: ${count(at(daemon, "status"), "outdated") || "0"} tasks of earlier revisions are replaced.`,
  },
  rerun: {
    ...change("rerunDaemon", "RerunDaemonInput", "to run again"),
    warning: () => "What its tasks do is done once more on these container instances.",
  },
  deregister: {
    ...change("deregisterDaemon", "DeregisterDaemonInput", "deregistered"),
    warning: (daemon, input) =>
      input["stopTasks"] === false
        ? `Its ${running(daemon)} running tasks go on without a daemon: nothing starts or replaces them any more.`
        : `Its ${running(daemon)} running tasks are stopped.`,
  },
} as const satisfies Record<string, Change>;

export interface ChangeOptions {
  readonly json: boolean;
  readonly dryRun: boolean;
  /** Do it without asking. */
  readonly yes: boolean;
}

const daemonFields =
  "cluster { arn name } name mode launch paused drainOrder readinessAttribute revision stableRevision " +
  "rollout { method minHealthyPercent maxOverPercent canaryPercent autoRollback } " +
  "revisions { revision taskDefinition selector createdAt }";
const planFields = "start stop keep skip { containerInstance reason }";
const wavesFields = "waves { start replace stop } apiCalls";

function headline(
  { field, done }: Change,
  input: JsonObject,
  daemon: JsonObject | undefined,
  dryRun: boolean,
): string {
  const cluster =
    daemon && isObject(daemon["cluster"]) ? text(daemon["cluster"], "name") : undefined;
  const where = cluster ?? arnId(text(input, "cluster") ?? "");
  const revision = daemon ? `, revision ${number(daemon, "revision")}` : "";
  const paused = daemon?.["paused"] === true && field !== "pauseDaemon" ? ", paused" : "";
  const verb = dryRun ? `would be ${done} (dry run: nothing was changed)` : done;
  return `daemon ${text(input, "name")} in ${where} ${verb}${revision}${paused}`;
}

async function mutate(
  client: ApiClient,
  { field, inputType, takesDryRun }: Change,
  input: JsonObject,
  dryRun: boolean,
): Promise<JsonObject> {
  const [declare, pass] = takesDryRun ? [", $dryRun: Boolean", ", dryRun: $dryRun"] : ["", ""];
  const document = `mutation($input: ${inputType}!${declare}) {
    payload: ${field}(input: $input${pass}) {
      daemon { ${daemonFields} } plan { ${planFields} ${dryRun ? wavesFields : ""} }
    }
  }`;
  const variables = takesDryRun ? { input, dryRun } : { input };
  const { payload } = await client.request(document, variables);
  if (!isObject(payload)) throw new Error(`the API answered ${field} with no object`);
  return payload;
}

function describe(
  change: Change,
  input: JsonObject,
  payload: JsonObject,
  dryRun: boolean,
  terminal: Terminal,
): string {
  const daemon = isObject(payload["daemon"]) ? payload["daemon"] : undefined;
  const paint = terminal.colours ? colourPaint : plainPaint;
  const plan = describePlan(at(payload, "plan"), terminal.width, paint);
  return [headline(change, input, daemon, dryRun), ...plan].join("\n");
}

/** Whether tasks that run now would go. */
function takesAway(plan: JsonObject): boolean {
  const waves = objects(plan, "waves");
  const replaces = (wave: JsonObject) =>
    ["replace", "stop"].some((what) => Array.isArray(wave[what]) && wave[what].length > 0);
  return (Array.isArray(plan["stop"]) && plan["stop"].length > 0) || waves.some(replaces);
}

/** Asks the person at the terminal; where nobody is, nothing is asked. Throws a ClientFailure when the answer is no. */
async function confirm(
  client: ApiClient,
  change: Change,
  input: JsonObject,
  terminal: Terminal,
): Promise<void> {
  const { warning } = change;
  if (!warning || !terminal.ask) return;
  if (change.takesDryRun) {
    const payload = await mutate(client, change, input, true);
    if (!takesAway(at(payload, "plan"))) return;
    terminal.note(describe(change, input, payload, true, terminal));
  }
  const document = `query($cluster: String!, $name: String!) {
    daemon(cluster: $cluster, name: $name) { status { running outdated } }
  }`;
  const { cluster, name } = input;
  const { daemon } = await client.request(document, { cluster, name });
  // What is not there fails with the API's own words.
  if (!isObject(daemon)) return;
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
): Promise<JsonObject> {
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
