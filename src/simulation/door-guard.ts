// Bars the ways around the doors while a world runs: whoever asks the machine for time or randomness would make the same
// seed another world. What is not ours (a test runner beside it) may.
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

/** A part of the project asked the machine itself, and not the door that it was given. */
export class PastTheDoor extends Error {
  override readonly name = "PastTheDoor";
}

/** Frames of our own code, tests left out. */
const ours = /[\\/]src[\\/](?!testing[\\/])\S+(?<!\.test)\.ts/;
const isOurs = (frame: string): boolean => ours.test(frame);

type Anything = (...args: never[]) => unknown;

function guarded<Original extends Anything>(
  name: string,
  original: Original,
  door: string,
  isBarred: (frame: string) => boolean,
) {
  const barred = function (this: unknown, ...args: Parameters<Original>) {
    const stack = new Error().stack ?? "";
    // The two first frames are this one's.
    if (stack.split("\n").slice(2).some(isBarred))
      throw new PastTheDoor(`${name} was called in a simulated world: use ${door}`);
    return original.apply(this, args);
  };
  return barred as unknown as Original;
}

const clockDoor = "the Clock that was passed in";
const randomDoor = "the Random that was passed in";

/** Puts the guards up, for code of ours unless told for which; the returned function takes them down. */
export function guardDoors(isBarred: (frame: string) => boolean = isOurs): () => void {
  const undo: (() => void)[] = [];
  const guard = <Owner extends object>(
    owner: Owner,
    name: keyof Owner & string,
    door: string,
  ): void => {
    const original = owner[name];
    if (typeof original !== "function") return;
    owner[name] = guarded(name, original as unknown as Anything, door, isBarred) as typeof original;
    undo.push(() => {
      owner[name] = original;
    });
  };
  guard(Date, "now", clockDoor);
  guard(performance, "now", clockDoor);
  guard(Math, "random", randomDoor);
  guard(globalThis, "setTimeout", clockDoor);
  guard(globalThis, "setInterval", clockDoor);
  guard(crypto, "randomUUID", randomDoor);
  guard(crypto, "randomBytes", randomDoor);
  syncBuiltinESMExports();
  return () => {
    for (const each of undo) each();
    syncBuiltinESMExports();
  };
}
