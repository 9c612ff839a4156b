// How long regular expressions of clients may hold this process up: one allowance for everything that is evaluated
// before others get their turn. Clients choose the patterns, and a fleet multiplies what each of them costs.
import { systemClock } from "../clock.ts";
import { TooMuchWork } from "../ecs/cluster-query.ts";
import type { Work } from "../ecs/cluster-query.ts";
import { clientError } from "./errors.ts";

/** Instructions of patterns in one uninterrupted run: some 100 ms, and a thousand times what a usual pattern takes. */
const allowance = 2_000_000;

const work: Work = { left: allowance };
let isRunning = false;

/** Evaluates within what is left of the present run. Throws BAD_USER_INPUT when nothing is. */
export function withinWork<T>(evaluate: (work: Work) => T): T {
  if (!isRunning) {
    isRunning = true;
    // The thread's own turns, which all of this process share, whatever time it is told.
    systemClock.soon(() => {
      isRunning = false;
      work.left = allowance;
    });
  }
  try {
    return evaluate(work);
  } catch (error) {
    if (!(error instanceof TooMuchWork)) throw error;
    throw clientError(
      "BAD_USER_INPUT",
      "expression: its regular expressions take too much work on this fleet: use fewer repetitions, or other operators.",
    );
  }
}
