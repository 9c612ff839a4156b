// How tasks of a scheduler of somebody's own are recognised: by what ECS keeps of each task. One mark a key, so that ECS
// itself can be asked for all tasks of a key, whatever was forgotten here. Pure.
import { createHash } from "node:crypto";

/** Not that of the daemons, which is "longshore/". StartTask takes 36 characters of startedBy. */
const markPrefix = "longshore-kit/";
const groupPrefix = "kit:";

const hash = (text: string, length: number): string =>
  BigInt(`0x${createHash("sha256").update(text).digest("hex")}`)
    .toString(36)
    .padStart(length, "0")
    .slice(-length);

const nameForm = /^[\w.-]{1,40}$/;
const keyForm = /^[\w./-]{1,128}$/;

/** Throws a TypeError that says what a name may be. */
export function checkName(name: string): string {
  if (nameForm.test(name)) return name;
  throw new TypeError(
    `name "${name}" cannot be used: it takes up to 40 letters, digits and "_", ".", "-"`,
  );
}

/** Throws a TypeError that says what a key may be. */
export function checkKey(key: string): string {
  if (keyForm.test(key)) return key;
  throw new TypeError(
    `key "${key}" cannot be used: it takes up to 128 letters, digits and "_", ".", "/", "-"`,
  );
}

/** What the tasks of a key have in `startedBy`: 8 characters of the scheduler, 13 of the key. */
export const markOf = (name: string, key: string): string =>
  `${markPrefix}${hash(name, 8)}/${hash(`${name}\n${key}`, 13)}`;

export const groupOf = (name: string, key: string): string => `${groupPrefix}${name}:${key}`;

/** What tells whose a task is. */
export interface Marked {
  readonly startedBy?: string | null | undefined;
  readonly group?: string | null | undefined;
}

/** The key that a task was started for; undefined for a task that this scheduler did not start. */
export function keyOfTask(name: string, { startedBy, group }: Marked): string | undefined {
  const prefix = groupOf(name, "");
  if (!startedBy?.startsWith(markPrefix) || !group?.startsWith(prefix)) return undefined;
  const key = group.slice(prefix.length);
  // Who copies the group into a task of their own has not made it ours.
  return startedBy === markOf(name, key) ? key : undefined;
}
