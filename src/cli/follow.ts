// Follows a kind of thing for a command, by longshore/client's following; words its troubles. Shows nothing itself.
import { followFeed } from "../client/follow.ts";
import type { Start, Step } from "../client/follow.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { ApiClient } from "./client.ts";
import { ClientFailure } from "./failure.ts";
import { changesDocument, filterVariables } from "./resources/resource.ts";
import type { Resource } from "./resources/resource.ts";

export interface FollowOptions {
  readonly start: Start;
  /** Arguments that filter options became. */
  readonly filter: JsonObject;
  /** What is selected of the entity. */
  readonly fields: string;
  readonly signal: AbortSignal;
  /** The connection was lost, or could not be made: it is tried again. Told once until it is up. */
  readonly onDown?: (failure: ClientFailure) => void;
  /** It is up; `resumes` when it goes on behind a cursor. */
  readonly onUp?: (resumes: boolean) => void;
}

/** Changes until `signal` aborts. Throws a ClientFailure that another try would not mend. */
export async function* follow(
  { transport, failures }: ApiClient,
  resource: Resource,
  { start, filter, fields, signal, onDown, onUp }: FollowOptions,
): AsyncGenerator<Step, void> {
  const feed = {
    document: changesDocument(resource, fields),
    variables: filterVariables(resource, filter),
    list: resource.query,
    entity: resource.entity,
  };
  try {
    yield* followFeed(transport, feed, {
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
  } catch (error) {
    throw failures.of(error);
  }
}
