// `longshore daemon diff` and `apply`: makes what a file says so, and nothing where it is so already.
import type { Daemon } from "../../client/generated/schema.ts";
import type { Selected } from "../../client/select.ts";
import { arnId } from "../../ecs/arn.ts";
import { isObject, text } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";
import type { ApiClient } from "../client.ts";
import { ClientFailure } from "../failure.ts";
import { currentRevision } from "../resources/fields.ts";
import { colourPaint, plainPaint } from "../style.ts";
import type { Paint } from "../style.ts";
import { oneLine } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { changeDaemon, daemonChanges } from "./change.ts";
import type { ChangeOptions, Payload } from "./change.ts";
import { forEachDocument } from "./each.ts";
import { daemonSettings, revisionFields, rolloutFields } from "./fields.ts";
import type { DaemonDocument } from "./file.ts";

/** A setting that a file wants otherwise than it is; undefined for what is not set. */
export interface Difference {
  readonly setting: string;
  readonly is: unknown;
  readonly wanted: unknown;
}

const inRevision = new Set([
  "taskDefinition",
  "selector",
  "overrides",
  "networkConfiguration",
  "tags",
]);
const names = new Set(["cluster", "name", "expectedRevision"]);

/** JSON with sorted members, so that order makes no difference. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    isObject(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** What "not set" is, however it is written. */
const unset = new Set([undefined, "null", '""', "[]", "{}"]);

function differs(is: unknown, wanted: unknown): boolean {
  const [a, b] = [canonical(is), canonical(wanted)];
  return a !== b && !(unset.has(a) && unset.has(b));
}

const settings = {
  ...daemonSettings,
  rollout: rolloutFields,
  revisions: revisionFields,
} as const;
/** What files may set of a daemon, as it is. */
export type DaemonSettings = Selected<Daemon, typeof settings>;

/** Settings of a file that a daemon does not have so. What the file leaves out stays as it is. */
export function differencesOf(
  input: JsonObject,
  daemon: DaemonSettings | undefined,
): readonly Difference[] {
  const own: JsonObject = daemon ?? {};
  const revision: JsonObject = (daemon && currentRevision(daemon)) ?? {};
  const rollout: JsonObject = daemon?.rollout ?? {};
  return Object.entries(input).flatMap(([setting, wanted]) => {
    if (names.has(setting)) return [];
    if (setting === "rollout" && isObject(wanted)) {
      return Object.entries(wanted).flatMap(([name, value]) =>
        differs(rollout[name], value)
          ? [{ setting: `rollout.${name}`, is: rollout[name], wanted: value }]
          : [],
      );
    }
    const is = (inRevision.has(setting) ? revision : own)[setting];
    return differs(is, wanted) ? [{ setting, is, wanted }] : [];
  });
}

const word = (value: unknown): string =>
  value === null ? "(none)" : oneLine(typeof value === "string" ? value : JSON.stringify(value));

export function differenceLines(differences: readonly Difference[], paint: Paint): string[] {
  return differences.flatMap(({ setting, is, wanted }) => [
    ...(is === undefined ? [] : [paint("bad", `- ${setting}: ${word(is)}`)]),
    paint("good", `+ ${setting}: ${word(wanted)}`),
  ]);
}

async function presentDaemon(
  client: ApiClient,
  input: JsonObject,
): Promise<DaemonSettings | undefined> {
  const which = { cluster: text(input, "cluster") ?? "", name: text(input, "name") ?? "" };
  return (await client.query("daemon", which, settings)) ?? undefined;
}

const nameOf = (input: JsonObject): string =>
  `daemon ${text(input, "name")} in ${arnId(text(input, "cluster") ?? "")}`;

/** How what a document says differs from what is there. */
async function diffDaemon(client: ApiClient, { input, where }: DaemonDocument, paint: Paint) {
  const daemon = await presentDaemon(client, input);
  const differences = daemon
    ? differencesOf(input, daemon)
    : differencesOf(input, undefined).filter(({ wanted }) => differs(undefined, wanted));
  if (daemon && differences.length === 0) return undefined;
  const isPlaceKnown = daemon !== undefined || (await isKnown(client, input));
  const state = daemon
    ? `revision ${daemon.revision}`
    : isPlaceKnown
      ? "not registered"
      : "not registered: its cluster is not known";
  const lines = [`${nameOf(input)}, ${state} (${where})`, ...differenceLines(differences, paint)];
  return { lines, isPlaceKnown };
}

const isKnown = async (client: ApiClient, input: JsonObject): Promise<boolean> =>
  (await client.query("cluster", { cluster: text(input, "cluster") ?? "" }, { arn: true })) !==
  null;

/** Prints how the files' daemons differ from what is there. Throws DIFFERENT when any does. */
export async function diffDaemons(
  client: ApiClient,
  documents: readonly DaemonDocument[],
  terminal: Terminal,
): Promise<void> {
  const paint = terminal.colours ? colourPaint : plainPaint;
  const act = async (document: DaemonDocument) => {
    const found = await diffDaemon(client, document, paint);
    if (found) await terminal.print(`${found.lines.join("\n")}\n`);
    return found;
  };
  const { results, failure } = await forEachDocument(documents, act, terminal);
  if (failure) throw failure;
  const different = results.filter((found) => found !== undefined);
  if (different.length === 0) return terminal.note("longshore: no difference.");
  const homeless = different.filter(({ isPlaceKnown }) => !isPlaceKnown).length;
  const but =
    homeless === 0 ? "" : ` but for the ${homeless} in clusters that the API does not know`;
  throw new ClientFailure(
    "here",
    "DIFFERENT",
    `${different.length} of ${documents.length} daemons differ: longshore daemon apply -f makes them so${but}.`,
  );
}

/** What became of one document. */
export interface Applied {
  readonly input: JsonObject;
  /** What the API answered; undefined when there was nothing to change. */
  readonly payload: Payload | undefined;
}

/**
 * Registers, updates, or leaves as it is what a document says of one daemon; `whenMissing` is what it is registered as.
 * Throws a ClientFailure.
 */
export async function applyDaemon(
  client: ApiClient,
  { input }: DaemonDocument,
  options: ChangeOptions,
  terminal: Terminal,
  whenMissing: (input: JsonObject) => JsonObject = (given) => given,
): Promise<Applied> {
  const daemon = await presentDaemon(client, input);
  if (!daemon) {
    const all = whenMissing(input);
    const payload = await changeDaemon(client, daemonChanges.register, all, options, terminal);
    return { input: all, payload };
  }
  if (differencesOf(input, daemon).length === 0) {
    const { cluster, name } = input;
    if (options.json)
      await terminal.print(`${JSON.stringify({ unchanged: true, cluster, name })}\n`);
    else await terminal.print(`${nameOf(input)} unchanged, revision ${daemon.revision}\n`);
    return { input, payload: undefined };
  }
  // What was compared is what is changed: somebody else's change in between is a conflict.
  const update = { ...input, expectedRevision: daemon.revision };
  const payload = await changeDaemon(client, daemonChanges.update, update, options, terminal);
  return { input, payload };
}
