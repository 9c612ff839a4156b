// `longshore daemon`: runs a mutation and shows what follows from it, or explains one container instance.
import { arnId } from "../ecs/arn.ts";
import { isObject, number, objects, strings, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { ApiClient } from "./client.ts";
import { ClientFailure, usageFailure } from "./failure.ts";
import { layOutTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** A mutation of the API: its field, its input type and the word for what it has done. */
interface Change {
  readonly field: string;
  readonly inputType: string;
  readonly done: string;
  readonly takesDryRun: boolean;
}

export const daemonChanges = {
  register: {
    field: "registerDaemon",
    inputType: "RegisterDaemonInput",
    done: "registered",
    takesDryRun: true,
  },
  update: {
    field: "updateDaemon",
    inputType: "UpdateDaemonInput",
    done: "updated",
    takesDryRun: true,
  },
  rollback: {
    field: "rollbackDaemon",
    inputType: "RollbackDaemonInput",
    done: "rolled back",
    takesDryRun: false,
  },
  pause: { field: "pauseDaemon", inputType: "DaemonInput", done: "paused", takesDryRun: false },
  resume: { field: "resumeDaemon", inputType: "DaemonInput", done: "resumed", takesDryRun: false },
  promote: {
    field: "promoteDaemon",
    inputType: "DaemonInput",
    done: "promoted",
    takesDryRun: false,
  },
  rerun: {
    field: "rerunDaemon",
    inputType: "RerunDaemonInput",
    done: "to run again",
    takesDryRun: false,
  },
  deregister: {
    field: "deregisterDaemon",
    inputType: "DeregisterDaemonInput",
    done: "deregistered",
    takesDryRun: false,
  },
} as const satisfies Record<string, Change>;

export interface ChangeOptions {
  readonly json: boolean;
  readonly dryRun: boolean;
}

const namesShown = 5;
const daemonFields =
  "cluster { arn name } name mode launch paused drainOrder readinessAttribute revision stableRevision " +
  "rollout { method minHealthyPercent maxOverPercent canaryPercent autoRollback } " +
  "revisions { revision taskDefinition selector createdAt }";

/** The first few names of a list, and how many more there are. */
function someNames(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).join(", ");
  return names.length > namesShown ? `${shown} and ${names.length - namesShown} more` : shown;
}

/** A plan as lines: what happens, how often, to which. */
export function describePlan(plan: JsonObject, width: number | undefined): string[] {
  const skipped = objects(plan, "skip").map(
    (skip) => `${arnId(text(skip, "containerInstance") ?? "")} (${text(skip, "reason") ?? ""})`,
  );
  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    ["start", "on instances", strings(plan, "start").map(arnId)],
    ["stop", "tasks", strings(plan, "stop").map(arnId)],
    ["keep", "tasks", strings(plan, "keep").map(arnId)],
    ["skip", "instances", skipped],
  ];
  const table = layOutTable(
    [{ title: "PLAN" }, { title: "COUNT", align: "right" }, { title: "" }, { title: "WHICH" }],
    rows.map(([action, what, names]) => [action, String(names.length), what, someNames(names)]),
    width,
  );
  const waves = objects(plan, "waves");
  const calls = number(plan, "apiCalls") ?? 0;
  if (waves.length === 0) return table;
  const sizes = waves.map(
    (wave) => strings(wave, "start").length + strings(wave, "replace").length,
  );
  return [
    ...table,
    `${waves.length === 1 ? "one wave" : `${waves.length} waves`} of ${someNames(sizes.map(String))} instances, ${calls} ECS calls in all`,
  ];
}

function headline(
  change: Change,
  input: JsonObject,
  daemon: JsonObject | undefined,
  dryRun: boolean,
): string {
  const cluster =
    daemon && isObject(daemon["cluster"]) ? text(daemon["cluster"], "name") : undefined;
  const where = cluster ?? arnId(text(input, "cluster") ?? "");
  const revision = daemon ? `, revision ${number(daemon, "revision")}` : "";
  const paused = daemon?.["paused"] === true && change.field !== "pauseDaemon" ? ", paused" : "";
  const verb = dryRun ? `would be ${change.done} (dry run: nothing was changed)` : change.done;
  return `daemon ${text(input, "name")} in ${where} ${verb}${revision}${paused}`;
}

/** Runs a mutation and prints the daemon and the plan. Throws a ClientFailure. */
export async function changeDaemon(
  client: ApiClient,
  change: Change,
  input: JsonObject,
  { json, dryRun }: ChangeOptions,
  terminal: Terminal,
): Promise<void> {
  for (const [argument, how] of [
    ["name", "its NAME"],
    ["cluster", "--cluster"],
  ] as const)
    if (text(input, argument) === undefined)
      throw usageFailure(`which daemon? Say ${how}, or put "${argument}" in the file.`);
  const [declare, pass] = change.takesDryRun
    ? [", $dryRun: Boolean", ", dryRun: $dryRun"]
    : ["", ""];
  const document = `mutation($input: ${change.inputType}!${declare}) {
    payload: ${change.field}(input: $input${pass}) {
      daemon { ${daemonFields} } plan { start stop keep skip { containerInstance reason } }
    }
  }`;
  const { payload } = await client.request(document, {
    input,
    ...(change.takesDryRun ? { dryRun } : {}),
  });
  if (!isObject(payload)) throw new Error(`the API answered ${change.field} with no object`);
  if (json) return terminal.print(`${JSON.stringify(payload)}\n`);
  const daemon = isObject(payload["daemon"]) ? payload["daemon"] : undefined;
  const plan = isObject(payload["plan"]) ? payload["plan"] : {};
  const lines = [headline(change, input, daemon, dryRun), ...describePlan(plan, terminal.width)];
  await terminal.print(`${lines.join("\n")}\n`);
}

/** Prints, rule by rule, why a container instance has or lacks a daemon's task. Throws a ClientFailure. */
export async function explainDaemon(
  client: ApiClient,
  which: { readonly cluster: string; readonly name: string; readonly instance: string },
  { json }: Pick<ChangeOptions, "json">,
  terminal: Terminal,
): Promise<void> {
  const { cluster, name, instance } = which;
  const document = `query($cluster: String!, $name: String!, $instance: ID!) {
    daemon(cluster: $cluster, name: $name) {
      explain(containerInstance: $instance) { placeable rules { rule ok detail } }
    }
  }`;
  const { daemon } = await client.request(document, { cluster, name, instance });
  if (!isObject(daemon) || !isObject(daemon["explain"])) throw noDaemon(which);
  const explanation = daemon["explain"];
  if (json) return terminal.print(`${JSON.stringify(explanation)}\n`);
  const can =
    explanation["placeable"] === true ? "a task may be started now" : "no task is started now";
  const rows = objects(explanation, "rules").map((rule) => [
    rule["ok"] === true ? "yes" : "NO",
    text(rule, "rule") ?? "",
    text(rule, "detail") ?? "",
  ]);
  const table = layOutTable(
    [{ title: "OK" }, { title: "RULE" }, { title: "FOUND" }],
    rows,
    terminal.width,
  );
  await terminal.print(`daemon ${name} on ${arnId(instance)}: ${can}\n${table.join("\n")}\n`);
}

/** Prints what was done for a daemon and why. Throws a ClientFailure. */
export async function printDaemonEvents(
  client: ApiClient,
  which: { readonly cluster: string; readonly name: string; readonly first: number },
  { json }: Pick<ChangeOptions, "json">,
  terminal: Terminal,
): Promise<void> {
  const document = `query($cluster: String!, $name: String!, $first: Int) {
    daemon(cluster: $cluster, name: $name) {
      events(first: $first) { at type containerInstance task revision reason }
    }
  }`;
  const { daemon } = await client.request(document, which);
  if (!isObject(daemon)) throw noDaemon(which);
  const events = objects(daemon, "events");
  if (json) return terminal.print(`${JSON.stringify(events)}\n`);
  const rows = events.map((event) => [
    text(event, "at") ?? "",
    text(event, "type") ?? "",
    String(number(event, "revision") ?? ""),
    arnId(text(event, "containerInstance") ?? ""),
    arnId(text(event, "task") ?? ""),
    text(event, "reason") ?? "",
  ]);
  const columns = [
    { title: "AT" },
    { title: "WHAT" },
    { title: "REVISION", align: "right" as const },
    { title: "INSTANCE" },
    { title: "TASK" },
    { title: "WHY" },
  ];
  await terminal.print(`${layOutTable(columns, rows, terminal.width).join("\n")}\n`);
}

function noDaemon({ cluster, name }: { cluster: string; name: string }): ClientFailure {
  return new ClientFailure(
    "answered",
    "NOT_FOUND",
    `cluster ${cluster} has no daemon "${name}": longshore get daemons lists them.`,
  );
}
