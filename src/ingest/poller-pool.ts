// Runs as many pollers as the queue is worth: starts more and lets some end, as pollers.ts decides.
import { fewestPollers, newRound, nextPollers } from "./pollers.ts";
import type { Round } from "./pollers.ts";

/** What one receive, and storing what it brought, came to. */
export interface Turn {
  readonly messages: number;
  readonly receivingMs: number;
  readonly storingMs: number;
  readonly failed: boolean;
}

export interface PollerPoolOptions {
  /** Most pollers. */
  readonly max: number;
  /** Receives once and deals with what came. Must not throw. */
  readonly turn: () => Promise<Turn>;
  readonly onPollers: (pollers: number) => void;
}

function addTurn(round: Round, { messages, receivingMs, storingMs, failed }: Turn): Round {
  return {
    receives: round.receives + 1,
    messages: round.messages + messages,
    sawEmpty: round.sawEmpty || messages === 0,
    failed: round.failed || failed,
    receivingMs: round.receivingMs + receivingMs,
    storingMs: round.storingMs + storingMs,
  };
}

/** Polls until `signal` aborts; resolves when every poller has finished its turn. */
export async function poll(
  { max, turn, onPollers }: PollerPoolOptions,
  signal: AbortSignal,
): Promise<void> {
  const loops = new Set<Promise<void>>();
  let round = newRound;
  let target = 0;
  let active = 0;

  function aimAt(pollers: number): void {
    if (pollers !== target) onPollers(pollers);
    target = pollers;
    while (active < target && !signal.aborted) {
      active++;
      const loop = run().finally(() => loops.delete(loop));
      loops.add(loop);
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted && active <= target) {
      round = addTurn(round, await turn());
      const next = nextPollers({ pollers: target, max, round });
      if (next === undefined) continue;
      round = newRound;
      aimAt(next);
    }
    active--;
  }

  aimAt(fewestPollers(max));
  while (loops.size > 0) await Promise.all(loops);
}
