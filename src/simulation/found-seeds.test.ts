// Worlds that showed a bug once. A seed is another world after every change of what is drawn, so each fault that was
// found has a test of its own beside what it was in, too: these are its first witnesses.
import { expect, test } from "vitest";
import { runGuarded } from "./run.ts";

const found: readonly (readonly [seed: number, what: string])[] = [
  [41, "a client that resumed was told that a cluster changed which it had never been told of"],
  [
    107,
    "a Redis that was emptied lost a private address for good, because another process wrote to it first",
  ],
  [
    124,
    "a client that resumed was told that a daemon changed before it was told of its registration",
  ],
  [164, "followers of a daemon were not told what became of its status by time alone"],
  [
    597,
    "the first to write to a restarted Redis started a second task, by what that had forgotten",
  ],
  [685, "after a restart of Redis a task got a second one beside it, which that had forgotten"],
  [
    1057,
    "a machine that had registered again got a second task by the RunTask for its former registration",
  ],
  [1321, "repeats of one lost StartTask by RunTask shared a token, and so one task"],
  [
    4271,
    "a run whose answer was lost, and that ECS had forgotten when our processes woke up four hours later, was made again",
  ],
  [
    8518,
    "a client that was cut off while it resumed was told that a cluster changed which was new to it",
  ],
  [
    20429,
    "a RunTask whose task had ended unseen was repeated with its token, which ECS answers with that task for a day",
  ],
  [30109, "two restarts of Redis within a second handed the same numbers of a log out twice"],
  [31012, "followers of a daemon were not told that a once-task's second run had failed"],
  [
    40025,
    "a fresh api process called a cursor of endpoints from before a restart of Redis expired",
  ],
  [
    200429,
    "a machine's new registration, once it was heard of, got a second task beside the one that RunTask for the former had put there",
  ],
  [
    200680,
    "followers of a daemon were not told that its cluster was compared, and that nothing waits any more",
  ],
  [
    210003,
    "an api process whose clock was set back wrote into the log with its own time, and that change was trimmed at once",
  ],
  [310831, "two restarts of Redis after a third one handed the same numbers of a log out twice"],
  [310898, "a cursor was called expired because Redis had restarted while the log was read"],
];

test.each(found)("world %i: %s", async (seed) => {
  const { breaches } = await runGuarded({ seed });
  expect(breaches).toEqual([]);
});
