// What subscriptions with the same selection show of a step: executed and encoded once, whatever their filters.
import type { Context } from "../context.ts";
import type { PreparedOperation } from "../documents.ts";
import type { ItemType } from "./topic.ts";

/** One item of a subscription, before it is executed. */
export interface Item {
  readonly type: ItemType;
  readonly cursor: string;
  readonly changed: readonly string[];
  /** What the resolvers of the entity get; null with SYNCED. */
  readonly node: unknown;
}

/** The `payload` of a `next` message. A promise where a selected field has to ask Redis. */
export type Encoded = Buffer | Promise<Buffer>;

export interface ProgramOptions {
  readonly operation: PreparedOperation;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: Context;
  /** The fields of Subscription and of its payload that hold the entity. */
  readonly field: string;
  readonly entityField: string;
  /** Makes the text of a payload from the answer of an execution. */
  readonly present: (answer: Awaited<ReturnType<PreparedOperation["execute"]>>) => string;
}

export class Program {
  readonly #options: ProgramOptions;
  /** Payloads of the step that is told now, by type and cursor. */
  readonly #made = new Map<string, Encoded>();
  #step: unknown;

  constructor(options: ProgramOptions) {
    this.#options = options;
  }

  /** The payload of an item that is nobody else's. */
  encode({ type, cursor, changed, node }: Item): Encoded {
    const { operation, variables, context, field, entityField, present } = this.#options;
    const payload = { type, cursor, changed, [entityField]: node };
    const answer = operation.execute(context, variables, { [field]: payload });
    return answer instanceof Promise
      ? answer.then((each) => Buffer.from(present(each)))
      : Buffer.from(present(answer));
  }

  /** The payload of an item of a step that others may show, too. Steps come one after the other. */
  encodeOnce(step: unknown, item: Item): Encoded {
    if (step !== this.#step) {
      this.#made.clear();
      this.#step = step;
    }
    const key = `${item.type} ${item.cursor}`;
    let made = this.#made.get(key);
    if (made === undefined) {
      made = this.encode(item);
      this.#made.set(key, made);
    }
    return made;
  }
}
