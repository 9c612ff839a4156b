// What resolvers may use. Made once per operation; explicit, no injector.
import type { Clock } from "../clock.ts";
import type { Informer } from "../changes/informer.ts";
import type { StateStore } from "../store/store.ts";
import type { ClientLimits } from "./client-limits.ts";
import type { Caller } from "./caller.ts";

/** What there is to work with, and who asks. */
export interface Context extends Caller {
  readonly informer: Informer;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly limits: ClientLimits;
}
