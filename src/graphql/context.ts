// What resolvers may use. Made once per operation; explicit, no injector.
import type { Clock } from "../clock.ts";
import type { Informer } from "../changes/informer.ts";
import type { StateStore } from "../store/store.ts";

/** none: no or a wrong token. */
export type Rights = "none" | "read" | "admin";

export interface Context {
  readonly informer: Informer;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly rights: Rights;
}
