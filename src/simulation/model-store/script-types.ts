// What the twins of our Lua scripts are: each does to the model of Redis, line by line, what the script of its name
// does to a real one. A test runs the same calls on both.
import type { FactBody } from "../facts.ts";
import type { Keyspace } from "./keyspace.ts";
import type { StorePlant } from "./plants.ts";

export interface ScriptWorld {
  readonly keys: Keyspace;
  /** Name of the process that sent the script. */
  readonly process: string;
  /** The server's own time, ms since the epoch. */
  readonly now: () => number;
  readonly publish: (channel: string, message: string) => void;
  readonly tell: (fact: FactBody) => void;
  /** Whether a bug is planted. */
  readonly has: (plant: StorePlant) => boolean;
}

/** KEYS and ARGV of the script; answers what the script answers. */
export type Twin = (
  world: ScriptWorld,
  keys: readonly string[],
  argv: readonly string[],
) => unknown;

/** A key or an argument that the script's header promises. */
export function at(list: readonly string[], index: number): string {
  const found = list[index];
  if (found === undefined) throw new Error(`a script was sent without its argument ${index + 1}`);
  return found;
}
