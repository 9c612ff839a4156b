// `longshore daemon explain` and `events`: why a container instance has or lacks a daemon's task, and what was done.
import { arnId } from "../../ecs/arn.ts";
import { isObject, number, objects, text } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import type { ApiClient } from "../client.ts";
import { noDaemon } from "../find.ts";
import type { DaemonName } from "../find.ts";
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

function eventRow(event: JsonObject): string[] {
  return [
    text(event, "at") ?? "",
    text(event, "type") ?? "",
    String(number(event, "revision") ?? ""),
    arnId(text(event, "containerInstance") ?? ""),
    arnId(text(event, "task") ?? ""),
    text(event, "reason") ?? "",
  ];
}

/** Prints what was done for a daemon and why. Throws a ClientFailure. */
export async function printDaemonEvents(
  client: ApiClient,
  which: DaemonName & { readonly first: number },
  { json }: Output,
  terminal: Terminal,
): Promise<void> {
  const document = `query($cluster: String!, $name: String!, $first: Int) {
    daemon(cluster: $cluster, name: $name) {
      events(first: $first) { at type containerInstance task revision reason }
    }
  }`;
  const { cluster, name, first } = which;
  const { daemon } = await client.request(document, { cluster, name, first });
  if (!isObject(daemon)) throw noDaemon(which);
  const events = objects(daemon, "events");
  if (json) return terminal.print(`${JSON.stringify(events)}\n`);
  const table = layOutTable(eventColumns, events.map(eventRow), terminal.width, paintOf(terminal));
  await terminal.print(`${table.join("\n")}\n`);
}
