// `longshore export` and `import`: the daemons of a Longshore as documents that `daemon apply` takes as well, and back.
// What is exported is what people defined; what came of it is ECS's to tell.
import { stringify } from "yaml";
import { text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import { listed } from "./asked.ts";
import type { AnswerOf } from "./asked.ts";
import type { ApiClient, AskClient } from "./client.ts";
import { applyDaemon } from "./daemon/apply.ts";
import type { ChangeOptions } from "./daemon/change.ts";
import { forEachDocument } from "./daemon/each.ts";
import { daemonSettings, revisionFields, rolloutFields } from "./daemon/fields.ts";
import type { DaemonDocument } from "./daemon/file.ts";
import { pagesOf } from "./get.ts";
import { currentRevision } from "./resources/fields.ts";
import type { Terminal } from "./terminal.ts";

const asked = listed("daemons", {
  cluster: { arn: true },
  name: true,
  ...daemonSettings,
  rollout: rolloutFields,
  revisions: revisionFields,
});

/** A daemon as registerDaemon's input, with its cluster's ARN: names may stand for several. Pure. */
export function inputOfDaemon(daemon: AnswerOf<typeof asked>): JsonObject {
  const { revision: _, ...settings } = { ...currentRevision(daemon) };
  const { name, mode, launch, rollout, drainOrder, readinessAttribute, paused } = daemon;
  const all = {
    cluster: daemon.cluster.arn,
    name,
    mode,
    ...settings,
    launch,
    rollout,
    drainOrder,
    readinessAttribute,
    paused,
  };
  // Left out is what "not set" is: an old file goes on meaning the same when defaults are spelled otherwise.
  const isSet = ([, value]: [string, unknown]) =>
    value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(all).filter(isSet));
}

/** Prints one YAML document for each daemon. */
export async function exportDaemons(
  client: AskClient,
  cluster: string | undefined,
  terminal: Terminal,
): Promise<void> {
  const all = { limit: undefined, filter: { cluster } };
  let count = 0;
  for await (const { nodes } of pagesOf(client, asked, all)) {
    count += nodes.length;
    for (const daemon of nodes) await terminal.print(`---\n${stringify(inputOfDaemon(daemon))}`);
  }
  terminal.note(`longshore: ${count} daemons exported.`);
}

export interface ImportOptions extends ChangeOptions {
  /** Start tasks that run once, although they may have run before. */
  readonly runAgain: boolean;
}

/**
 * Registers what is missing and makes the others as the file says, one after the other, whatever is refused of one.
 * Throws a ClientFailure.
 */
export async function importDaemons(
  client: ApiClient,
  documents: readonly DaemonDocument[],
  { runAgain, ...options }: ImportOptions,
  terminal: Terminal,
): Promise<void> {
  const held: string[] = [];
  const act = async ({ input, where }: DaemonDocument) => {
    const mayRun = runAgain || (text(input, "mode") ?? "ALWAYS") === "ALWAYS";
    // Where a once-task has run is not exported: registered as it was, it would run on every instance once more. One
    // that is there has its ledger, and goes on as it is.
    const { paused, ...rest } = input;
    let isHeld = false;
    const asMissing = (given: JsonObject) => {
      if (mayRun) return given;
      isHeld = paused !== true;
      return { ...given, paused: true };
    };
    const document = { input: mayRun ? input : rest, where };
    await applyDaemon(client, document, options, terminal, asMissing);
    if (isHeld) held.push(text(input, "name") ?? "");
  };
  const { failure } = await forEachDocument(documents, act, terminal);
  if (held.length > 0)
    terminal.note(
      `longshore: ${held.join(", ")} paused: tasks that run once would run on every container instance again. ` +
        "longshore daemon resume NAME lets them, or import with --run-again.",
    );
  if (failure) throw failure;
}
