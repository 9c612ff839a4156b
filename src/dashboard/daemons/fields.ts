// The fields of a daemon's form: what they hold as text, the input that they make, and which of them a refusal is of.
// What may be in them is the API's to say. Pure.
import type { DaemonDetails, Tag } from "./model.ts";

/** What a form holds: texts as they were typed, and switches. */
export interface FormValues {
  readonly cluster: string;
  readonly name: string;
  readonly taskDefinition: string;
  readonly selector: string;
  readonly mode: string;
  readonly launch: string;
  readonly method: string;
  readonly minHealthyPercent: string;
  readonly maxOverPercent: string;
  readonly canaryPercent: string;
  readonly autoRollback: boolean;
  readonly drainOrder: string;
  readonly readinessAttribute: string;
  readonly overrides: string;
  readonly networkConfiguration: string;
  readonly tags: string;
  readonly paused: boolean;
}

export type FieldName = keyof FormValues;

export const emptyForm: FormValues = {
  cluster: "",
  name: "",
  taskDefinition: "",
  selector: "",
  mode: "ALWAYS",
  launch: "START_TASK",
  method: "TERMINATE_THEN_REPLACE",
  minHealthyPercent: "",
  maxOverPercent: "",
  canaryPercent: "",
  autoRollback: false,
  drainOrder: "",
  readinessAttribute: "",
  overrides: "",
  networkConfiguration: "",
  tags: "",
  paused: false,
};

const pretty = (value: unknown): string =>
  value === null || value === undefined ? "" : JSON.stringify(value, null, 2);

const tagLines = (tags: readonly Tag[]): string =>
  tags.map(({ key, value }) => `${key}=${value}`).join("\n");

/** The form of a daemon as it is. */
export function formOf(daemon: DaemonDetails): FormValues {
  const { rollout } = daemon;
  const current = daemon.revisions.find(({ revision }) => revision === daemon.revision);
  return {
    cluster: daemon.cluster.arn,
    name: daemon.name,
    taskDefinition: current?.taskDefinition ?? "",
    selector: current?.selector ?? "",
    mode: daemon.mode,
    launch: daemon.launch,
    method: rollout.method,
    minHealthyPercent: String(rollout.minHealthyPercent),
    maxOverPercent: String(rollout.maxOverPercent),
    canaryPercent: String(rollout.canaryPercent),
    autoRollback: rollout.autoRollback,
    drainOrder: String(daemon.drainOrder),
    readinessAttribute: daemon.readinessAttribute ?? "",
    overrides: pretty(current?.overrides),
    networkConfiguration: pretty(current?.networkConfiguration),
    tags: tagLines(current?.tags ?? []),
    paused: daemon.paused,
  };
}

/** A refusal, and the field that it is of; undefined for one of the whole. */
export interface Problem {
  readonly field: FieldName | undefined;
  readonly message: string;
}

type Read = { readonly value: unknown } | { readonly problem: string };

function readNumber(text: string): Read {
  return /^-?\d{1,9}$/.test(text.trim())
    ? { value: Number(text) }
    : { problem: "takes a whole number." };
}

function readJson(text: string): Read {
  if (text.trim() === "") return { value: {} };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: `is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function readTags(text: string): Read {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const bad = lines.find((line) => !line.includes("="));
  if (bad !== undefined) return { problem: `takes key=value on each line, and not "${bad}".` };
  const tags = lines.map((line) => {
    const at = line.indexOf("=");
    return { key: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
  });
  return { value: tags };
}

const readers: Partial<Record<FieldName, (text: string) => Read>> = {
  minHealthyPercent: readNumber,
  maxOverPercent: readNumber,
  canaryPercent: readNumber,
  drainOrder: readNumber,
  overrides: readJson,
  networkConfiguration: readJson,
  tags: readTags,
};

const rolloutFields: ReadonlySet<FieldName> = new Set([
  "method",
  "minHealthyPercent",
  "maxOverPercent",
  "canaryPercent",
  "autoRollback",
]);

/** In the order of the form. */
const fieldNames = Object.keys(emptyForm) as FieldName[];

export type InputResult =
  | { readonly input: Readonly<Record<string, unknown>> }
  | { readonly problem: Problem };

/**
 * The input of a mutation: those fields that differ from `base`, and what names the daemon. Only what cannot be put into
 * an input at all is refused here.
 */
export function inputOf(values: FormValues, base: FormValues): InputResult {
  const input: Record<string, unknown> = { cluster: values.cluster, name: values.name.trim() };
  const rollout: Record<string, unknown> = {};
  for (const field of fieldNames) {
    if (field === "cluster" || field === "name" || values[field] === base[field]) continue;
    const given = values[field];
    const read =
      typeof given === "string" ? (readers[field]?.(given) ?? { value: given.trim() }) : undefined;
    if (read && "problem" in read)
      return { problem: { field, message: `${field} ${read.problem}` } };
    const value = read ? read.value : given;
    if (rolloutFields.has(field)) rollout[field] = value;
    else input[field] = value;
  }
  if (Object.keys(rollout).length > 0) input["rollout"] = rollout;
  return { input };
}

/** What is missing before the API can be asked anything. */
export function missingIn(values: FormValues): FieldName | undefined {
  return (["cluster", "name", "taskDefinition"] as const).find(
    (field) => values[field].trim() === "",
  );
}

/** Whose refusal it is: the API's messages name the member that cannot be used, first of all. */
export function problemOf(message: string): Problem {
  let found: FieldName | undefined;
  let foundAt = Infinity;
  for (const field of fieldNames) {
    const word = field === "tags" ? "tags?" : field;
    const place = message.search(new RegExp(`\\b${word}\\b`));
    if (place >= 0 && place < foundAt) [found, foundAt] = [field, place];
  }
  return { field: found, message };
}

/** A form that was begun on `before`, on top of `next`: what was not touched follows what is there now. */
export function rebase(values: FormValues, before: FormValues, next: FormValues): FormValues {
  const own = fieldNames.filter((field) => values[field] !== before[field]);
  return { ...next, ...Object.fromEntries(own.map((field) => [field, values[field]])) };
}

/** The fields in which two forms differ. */
export function changedFields(a: FormValues, b: FormValues): readonly FieldName[] {
  return fieldNames.filter((field) => a[field] !== b[field]);
}
