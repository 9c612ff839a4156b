// `longshore daemon explain` and `events`: why a container instance has or lacks a daemon's task, and what was done.
import { arnId } from "../../ecs/arn.ts";
import type { DaemonEvent } from "../../client/generated/schema.ts";
import type { Selected } from "../../client/select.ts";
import type { ApiClient } from "../client.ts";
import { noDaemon } from "../find.ts";
import type { DaemonName } from "../find.ts";
import { count } from "../resources/fields.ts";
import { colourPaint, plainPaint } from "../style.ts";
import { layOutTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

interface Output {
  readonly json: boolean;
}

const paintOf = ({ colours }: Terminal) => (colours ? colourPaint : plainPaint);

/** Prints, rule by rule, why a container instance has or lacks a daemon's task. Throws a ClientFailure. */
export async function explainDaemon(
  client: ApiClient,
  which: DaemonName & { readonly instance: string },
  { json }: Output,
  terminal: Terminal,
): Promise<void> {
  const { cluster, name, instance } = which;
  const rules = { placeable: true, rules: { rule: true, ok: true, detail: true } } as const;
  const daemon = await client.query(
    "daemon",
    { cluster, name },
    { explain: [{ containerInstance: instance }, rules] },
  );
  if (!daemon) throw noDaemon(which);
  const { explain: explanation } = daemon;
  if (json) return terminal.print(`${JSON.stringify(explanation)}\n`);
  const can = explanation.placeable ? "a task may be started now" : "no task is started now";
  const rows = explanation.rules.map(({ ok, rule, detail }) => [ok ? "yes" : "NO", rule, detail]);
  const table = layOutTable(
    [
      { title: "OK", tone: (word) => (word === "yes" ? "good" : "bad") },
      { title: "RULE" },
      { title: "FOUND" },
    ],
    rows,
    terminal.width,
    paintOf(terminal),
  );
  await terminal.print(`daemon ${name} on ${arnId(instance)}: ${can}\n${table.join("\n")}\n`);
}

const eventColumns = [
  { title: "AT" },
  { title: "WHAT" },
  { title: "REVISION", align: "right" as const, drop: 2 },
  { title: "INSTANCE", id: true as const, drop: 1 },
  { title: "TASK", id: true as const, drop: 3 },
  { title: "WHY" },
];

const eventFields = {
  at: true,
  type: true,
  containerInstance: true,
  task: true,
  revision: true,
  reason: true,
} as const;

function eventRow(event: Selected<DaemonEvent, typeof eventFields>): string[] {
  return [
    event.at,
    event.type,
    count(event.revision),
    arnId(event.containerInstance ?? ""),
    arnId(event.task ?? ""),
    event.reason,
  ];
}

/** Prints what was done for a daemon and why. Throws a ClientFailure. */
export async function printDaemonEvents(
  client: ApiClient,
  which: DaemonName & { readonly first: number },
  { json }: Output,
  terminal: Terminal,
): Promise<void> {
  const { cluster, name, first } = which;
  const select = { events: [{ first }, eventFields] } as const;
  const daemon = await client.query("daemon", { cluster, name }, select);
  if (!daemon) throw noDaemon(which);
  const { events } = daemon;
  if (json) return terminal.print(`${JSON.stringify(events)}\n`);
  const table = layOutTable(eventColumns, events.map(eventRow), terminal.width, paintOf(terminal));
  await terminal.print(`${table.join("\n")}\n`);
}
