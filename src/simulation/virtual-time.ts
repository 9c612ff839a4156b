// Time as the world has it: a heap of what is due, taken one by one in order of time, then of asking. Between two all
// promises settle, so that nothing depends on how busy the machine is. Knows no process and no fault.
import { systemClock } from "../clock.ts";

interface Due {
  readonly at: number;
  readonly order: number;
  /** undefined once cancelled. */
  run: (() => void) | undefined;
}

export interface VirtualTime {
  /** Milliseconds since the epoch, with fractions. No process sees this clock. */
  readonly now: number;
  /** Callbacks that were run. */
  readonly steps: number;
  /** Calls back at a time, at once when it has passed; what is due at the same time runs in the order of asking. */
  at(time: number, run: () => void): () => void;
  /** Lets time pass until then, or until `isOver` (asked before each step). Throws what a callback throws. */
  pass(until: number, isOver?: () => boolean): Promise<void>;
}

/** Callbacks for which the event loop turns once: each is followed by all promises that it settled. */
const stepsPerTurn = 128;

/** Ordered by time, then by asking. Cancelled entries stay until their time comes. */
class DueHeap {
  readonly #entries: Due[] = [];

  get first(): Due | undefined {
    return this.#entries[0];
  }

  add(due: Due): void {
    const entries = this.#entries;
    let index = entries.length;
    entries.push(due);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = entries[above] as Due;
      if (isBefore(parent, due)) break;
      entries[index] = parent;
      index = above;
    }
    entries[index] = due;
  }

  removeFirst(): void {
    const entries = this.#entries;
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= entries.length) break;
      const right = entries[below + 1];
      if (right !== undefined && isBefore(right, entries[below] as Due)) below++;
      const child = entries[below] as Due;
      if (isBefore(last, child)) break;
      entries[index] = child;
      index = below;
    }
    entries[index] = last;
  }
}

const isBefore = (left: Due, right: Due): boolean =>
  left.at < right.at || (left.at === right.at && left.order < right.order);

export function createVirtualTime(startAt: number): VirtualTime {
  const heap = new DueHeap();
  let now = startAt;
  let order = 0;
  let steps = 0;

  /** Runs what is due next, if it is due until then; whether something was. */
  function step(until: number): boolean {
    for (let due = heap.first; due && due.at <= until; due = heap.first) {
      heap.removeFirst();
      const { run } = due;
      if (run === undefined) continue;
      due.run = undefined;
      if (due.at > now) now = due.at;
      steps++;
      run();
      return true;
    }
    return false;
  }

  return {
    get now() {
      return now;
    },
    get steps() {
      return steps;
    },
    at: (time, run) => {
      const due: Due = { at: Math.max(time, now), order: order++, run };
      heap.add(due);
      return () => {
        due.run = undefined;
      };
    },
    pass: (until, isOver = () => false) =>
      new Promise((resolve, reject) => {
        let ended = false;
        const turn = (isLast: boolean) => () => {
          if (ended) return;
          try {
            if (isOver()) ended = true;
            else if (!step(until)) {
              now = Math.max(now, until);
              ended = true;
            }
          } catch (error) {
            ended = true;
            return reject(error);
          }
          if (ended) resolve();
          else if (isLast) plan();
        };
        const [inner, last] = [turn(false), turn(true)];
        // Node settles all promises between two of these, and asks the kernel for news only once in so many.
        const plan = () => {
          for (let each = 1; each < stepsPerTurn; each++) systemClock.soon(inner);
          systemClock.soon(last);
        };
        plan();
      }),
  };
}
