// What resolvers may use, and whether they used something that no revision stands for. Made once per operation;
// explicit, no injector.
import type { Clock } from "../clock.ts";
import type { Informer } from "../changes/informer.ts";
import type { StateStore } from "../store/store.ts";
import type { ClientLimits } from "./client-limits.ts";
import type { Caller } from "./caller.ts";

/** What there is to work with, and who asks. */
export interface Context extends Caller {
  /** Views move only with its revision: an answer from them alone is good for as long as that stays. */
  readonly informer: Informer;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly limits: ClientLimits;
}

type Work = Omit<Context, keyof Caller>;

/** The context of one operation. It notices who asks for the time, for Redis or for the caller's identity. */
export class OperationContext implements Context {
  readonly informer: Informer;
  readonly limits: ClientLimits;
  readonly rights: Caller["rights"];
  readonly #caller: Caller;
  readonly #work: Work;
  #isRepeatable = true;

  constructor(caller: Caller, work: Work) {
    this.informer = work.informer;
    this.limits = work.limits;
    this.rights = caller.rights;
    this.#caller = caller;
    this.#work = work;
  }

  /** What is asked for from now on counts: limits may know the caller, and are asked before. */
  beginExecution(): void {
    this.#isRepeatable = true;
  }

  /** Whether all came from the views and the rights: asked again at the same revision, the answer is the same. */
  get isRepeatable(): boolean {
    return this.#isRepeatable;
  }

  get store(): StateStore {
    this.#isRepeatable = false;
    return this.#work.store;
  }

  get clock(): Clock {
    this.#isRepeatable = false;
    return this.#work.clock;
  }

  get client(): string {
    this.#isRepeatable = false;
    return this.#caller.client;
  }

  get expiresAt(): number | undefined {
    this.#isRepeatable = false;
    return this.#caller.expiresAt;
  }

  get refusal(): Caller["refusal"] {
    this.#isRepeatable = false;
    return this.#caller.refusal;
  }
}
