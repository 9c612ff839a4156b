// Whether the API should get traffic, and why not. Asks; changes nothing.
import type { Informer } from "../changes/informer.ts";
import type { StateStore } from "../store/store.ts";

/** Why the API should get no traffic; empty when it should. */
export async function unreadyReasons({
  informer,
  store,
}: {
  readonly informer: Pick<Informer, "problem">;
  readonly store: Pick<StateStore, "ping">;
}): Promise<string[]> {
  const reasons: string[] = [];
  const problem = informer.problem();
  if (problem !== undefined) reasons.push(problem);
  try {
    await store.ping();
  } catch (error) {
    reasons.push(
      `Redis does not answer: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return reasons;
}
