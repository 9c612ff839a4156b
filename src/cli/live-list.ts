// What matches now, kept by a subscription's steps. While a snapshot comes anew, what was known stays until it is
// whole: nobody sees a list empty and fill. Pure state.
import type { JsonObject } from "../ecs/json.ts";
import type { Step } from "../client/follow.ts";

export class LiveList {
  readonly #key: (node: JsonObject) => string;
  #items = new Map<string, JsonObject>();
  /** A snapshot that is not whole yet, beside what is still shown. */
  #next: Map<string, JsonObject> | undefined;
  #isWhole = false;

  constructor(key: (node: JsonObject) => string) {
    this.#key = key;
  }

  /** Takes a step in; the entity as it was known before, when it was. */
  apply(step: Step): JsonObject | undefined {
    switch (step.kind) {
      case "reset":
        this.#next = new Map();
        return undefined;
      case "synced":
        if (this.#next) this.#items = this.#next;
        this.#next = undefined;
        this.#isWhole = true;
        return undefined;
      case "heartbeat":
        return undefined;
      case "change": {
        const items = this.#next ?? this.#items;
        const key = this.#key(step.entity);
        const before = items.get(key);
        if (step.type === "REMOVED") items.delete(key);
        else items.set(key, step.entity);
        return before;
      }
    }
  }

  /** Whether the first snapshot has been whole. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  get size(): number {
    return this.#items.size;
  }

  get(key: string): JsonObject | undefined {
    return this.#items.get(key);
  }

  values(): JsonObject[] {
    return [...this.#items.values()];
  }
}
