// `longshore quarantine`: lists the messages that ingest could not understand, has them read again, forgets them.
import { isObject, number, objects, strings, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { ApiClient } from "./client.ts";
import { ClientFailure, usageFailure } from "./failure.ts";
import { age, layOutTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const listMax = 1000;

interface Listed {
  readonly nodes: readonly JsonObject[];
  readonly totalCount: number;
}

async function listed(client: ApiClient, first: number, fields: string): Promise<Listed> {
  const { quarantine } = await client.request(
    `query($first: Int) { quarantine(first: $first) { nodes { ${fields} } totalCount } }`,
    { first },
  );
  if (!isObject(quarantine)) throw new Error("the API answered quarantine with no object");
  return {
    nodes: objects(quarantine, "nodes"),
    totalCount: number(quarantine, "totalCount") ?? 0,
  };
}

export interface ListOptions {
  readonly json: boolean;
  readonly limit: number;
  /** The messages themselves, too; for admins only. */
  readonly bodies: boolean;
}

/** Prints what is in the quarantine, newest first. Throws a ClientFailure. */
export async function listQuarantine(
  client: ApiClient,
  { json, limit, bodies }: ListOptions,
  terminal: Terminal,
  now: number,
): Promise<void> {
  const fields = `messageId reason at replayedAt replayable${bodies ? " body" : ""}`;
  const { nodes, totalCount } = await listed(client, Math.min(limit, listMax), fields);
  if (json) return terminal.print(`${JSON.stringify(nodes)}\n`);
  if (nodes.length === 0)
    return terminal.note("longshore: the quarantine is empty. A dead-letter queue has its own.");
  const columns = [{ title: "MESSAGE" }, { title: "AGE" }, { title: "AGAIN" }, { title: "REASON" }];
  const rows = nodes.map((node) => [
    text(node, "messageId") ?? "",
    age(text(node, "at"), now),
    node["replayable"] === true ? age(text(node, "replayedAt"), now) : "too long",
    text(node, "reason") ?? "",
  ]);
  await terminal.print(`${layOutTable(columns, rows, terminal.width).join("\n")}\n`);
  if (bodies)
    for (const node of nodes)
      await terminal.print(`\n${text(node, "messageId")}\n${JSON.stringify(node["body"])}\n`);
  if (nodes.length < totalCount)
    terminal.note(`longshore: ${nodes.length} of ${totalCount} messages; --limit ends the list.`);
}

const actions = {
  replay: { field: "replayQuarantined", done: "will be read again within seconds" },
  discard: { field: "discardQuarantined", done: "forgotten" },
} as const;

export interface ActOptions {
  readonly json: boolean;
  readonly all: boolean;
  readonly messageIds: readonly string[];
}

/** Has messages read again or forgets them, and prints which. Throws a ClientFailure. */
export async function actOnQuarantine(
  client: ApiClient,
  action: keyof typeof actions,
  { json, all, messageIds }: ActOptions,
  terminal: Terminal,
): Promise<void> {
  if (all === messageIds.length > 0)
    throw usageFailure(`which messages? Say their ids (longshore quarantine list), or --all.`);
  const ids = all
    ? (await listed(client, listMax, "messageId")).nodes.map((node) => text(node, "messageId"))
    : messageIds;
  const { field, done } = actions[action];
  const { payload } = await client.request(
    `mutation($messageIds: [ID!]!) { payload: ${field}(messageIds: $messageIds) { messageIds skipped } }`,
    { messageIds: ids },
  );
  if (!isObject(payload)) throw new Error(`the API answered ${field} with no object`);
  const skipped = strings(payload, "skipped");
  if (json) await terminal.print(`${JSON.stringify(payload)}\n`);
  else await terminal.print(`${strings(payload, "messageIds").length} messages ${done}\n`);
  if (skipped.length > 0 && !all)
    throw new ClientFailure(
      "answered",
      "NOT_FOUND",
      `not in the quarantine, or too long to be read again: ${skipped.join(", ")}`,
    );
}
