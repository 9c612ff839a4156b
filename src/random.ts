// The only door to randomness. A seeded source makes a run repeatable; the system source is for ids in production.
import { randomBytes } from "node:crypto";

/** A source of random numbers. Seeded in tests and in the simulator, so that one seed makes one world. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [min, max], both included. */
  int(min: number, max: number): number;
  /** True with the given probability (0 to 1). */
  chance(probability: number): boolean;
  /** One element; the list must not be empty. */
  pick<T>(items: readonly T[]): T;
  /** `length` lower-case hexadecimal digits. */
  hex(length: number): string;
}

function fromNext(next: () => number): Random {
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (items) => {
      if (items.length === 0) throw new Error("Random.pick needs a list that is not empty");
      return items[int(0, items.length - 1)] as (typeof items)[number];
    },
    hex: (length) => {
      let text = "";
      while (text.length < length) text += int(0, 15).toString(16);
      return text;
    },
  };
}

/** A repeatable source: the same seed gives the same sequence (sfc32, period about 2^128). */
export function seededRandom(seed: number | string): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let counter = 1;
  for (const character of String(seed)) {
    a = (Math.imul(a ^ character.charCodeAt(0), 0x01000193) + 0x7f4a7c15) | 0;
    c = (c ^ Math.imul(a, 0x85ebca6b)) | 0;
  }
  const next = () => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  for (let round = 0; round < 16; round++) next();
  return fromNext(next);
}

/** Randomness for production: ids and jitter that nobody can predict or repeat. */
export const systemRandom: Random = fromNext(() => randomBytes(6).readUIntBE(0, 6) / 2 ** 48);
