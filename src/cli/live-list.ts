// What matches now, kept by a subscription's steps. While a snapshot comes anew, what was known stays until it is
// whole: nobody sees a list empty and fill. Pure state.
import type { Step } from "../client/follow.ts";

export class LiveList<Node> {
  readonly #resource: { key(node: Node): string };
  #items = new Map<string, Node>();
  /** A snapshot that is not whole yet, beside what is still shown. */
  #next: Map<string, Node> | undefined;
  #isWhole = false;

  constructor(resource: { key(node: Node): string }) {
    this.#resource = resource;
  }

  /** What tells it from all others. */
  keyOf(node: Node): string {
    return this.#resource.key(node);
  }

  /** Takes a step in; the entity as it was known before, when it was. */
  apply(step: Step<Node>): Node | undefined {
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
        const key = this.keyOf(step.entity);
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

  get(key: string): Node | undefined {
    return this.#items.get(key);
  }

  values(): Node[] {
    return [...this.#items.values()];
  }
}
