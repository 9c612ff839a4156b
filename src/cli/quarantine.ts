// `longshore quarantine`: lists the messages that ingest could not understand, has them read again, forgets them.
import type { ApiClient } from "./client.ts";
import { ClientFailure, usageFailure } from "./failure.ts";
import { age, layOutTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const listMax = 1000;

export interface ListOptions {
  readonly json: boolean;
  readonly limit: number;
  /** The messages themselves, too; for admins only. */
  readonly bodies: boolean;
}

const told = {
  messageId: true,
  reason: true,
  at: true,
  replayedAt: true,
  replayable: true,
} as const;
const withoutBodies = { nodes: told, totalCount: true } as const;
const withBodies = { nodes: { ...told, body: true }, totalCount: true } as const;

/** Prints what is in the quarantine, newest first. Throws a ClientFailure. */
export async function listQuarantine(
  client: ApiClient,
  { json, limit, bodies }: ListOptions,
  terminal: Terminal,
  now: number,
): Promise<void> {
  const first = Math.min(limit, listMax);
  const { nodes, totalCount } = bodies
    ? await client.query("quarantine", { first }, withBodies)
    : await client.query("quarantine", { first }, withoutBodies);
  if (json) return terminal.print(`${JSON.stringify(nodes)}\n`);
  if (nodes.length === 0)
    return terminal.note("longshore: the quarantine is empty. A dead-letter queue has its own.");
  const columns = [{ title: "MESSAGE" }, { title: "AGE" }, { title: "AGAIN" }, { title: "REASON" }];
  const rows = nodes.map((node) => [
    node.messageId,
    age(node.at, now),
    node.replayable ? age(node.replayedAt, now) : "too long",
    node.reason,
  ]);
  await terminal.print(`${layOutTable(columns, rows, terminal.width).join("\n")}\n`);
  for (const node of nodes)
    if ("body" in node) await terminal.print(`\n${node.messageId}\n${JSON.stringify(node.body)}\n`);
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

async function newestIds(client: ApiClient): Promise<readonly string[]> {
  const select = { nodes: { messageId: true } } as const;
  const { nodes } = await client.query("quarantine", { first: listMax }, select);
  return nodes.map(({ messageId }) => messageId);
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
  const ids = all ? await newestIds(client) : messageIds;
  const { field, done } = actions[action];
  const select = { messageIds: true, skipped: true } as const;
  const payload = await client.mutate(field, { messageIds: ids }, select);
  const { skipped } = payload;
  if (json) await terminal.print(`${JSON.stringify(payload)}\n`);
  else await terminal.print(`${payload.messageIds.length} messages ${done}\n`);
  if (skipped.length > 0 && !all)
    throw new ClientFailure(
      "answered",
      "NOT_FOUND",
      `not in the quarantine, or too long to be read again: ${skipped.join(", ")}`,
    );
}
