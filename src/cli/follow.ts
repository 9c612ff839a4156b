// Follows a kind of thing for a command, by longshore/client's following; words its troubles. Shows nothing itself.
import { followFeed } from "../client/follow.ts";
import type { Start, Step } from "../client/follow.ts";
import { feedOf } from "../client/operation.ts";
import { printSelection } from "../client/select.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { ApiClient } from "./client.ts";
import { ClientFailure } from "./failure.ts";
import type { Listed } from "./asked.ts";

export interface FollowOptions {
  readonly start: Start;
  /** Arguments that filter options became. */
  readonly filter: JsonObject;
  readonly signal: AbortSignal;
  /** The connection was lost, or could not be made: it is tried again. Told once until it is up. */
  readonly onDown?: (failure: ClientFailure) => void;
  /** It is up; `resumes` when it goes on behind a cursor. */
  readonly onUp?: (resumes: boolean) => void;
}

/** Changes until `signal` aborts. Throws a ClientFailure that another try would not mend. */
export async function* follow<Node>(
  { transport, failures }: ApiClient,
  asked: Listed<Node>,
  { start, filter, signal, onDown, onUp }: FollowOptions,
): AsyncGenerator<Step<Node>, void> {
  try {
    const steps = followFeed(transport, feedOf(asked.kind, filter, printSelection(asked.select)), {
      start,
      signal,
      // Whoever waits at a terminal wants to know at once that there is nothing to wait for.
      endsUnreached: true,
      onDown: (error) => {
        const failure = failures.of(error);
        if (failure instanceof ClientFailure) onDown?.(failure);
      },
      onUp,
    });
    // The API answers a document with exactly its fields.
    yield* steps as AsyncGenerator<Step<Node>, void>;
  } catch (error) {
    throw failures.of(error);
  }
}
