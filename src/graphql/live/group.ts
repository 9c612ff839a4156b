// Subscribers whose messages are the same: one filter, one selection, one scope. Each message is made once; a
// subscriber gets all of them from the moment that it joined, held back while it is still catching up.
import type { ClusterView } from "../../changes/cluster-view.ts";
import type { Scope } from "./cursors.ts";
import { Batch } from "./frame.ts";
import type { Encoded, Program } from "./program.ts";
import { transition } from "./topic.ts";
import type { Effect, Interest, Step } from "./topic.ts";

/** Somebody at the other end of one subscription. */
export interface Reader {
  /** Aborts when the subscriber is gone, or was told that the subscription ended. */
  readonly signal: AbortSignal;
  /** Messages that others get as well. */
  take(batch: Batch): void;
  /** A message that is this subscriber's alone. */
  send(payload: Buffer): void;
  /** So many more bytes wait for this subscriber elsewhere; fewer, when negative. */
  hold(bytes: number): void;
  /** Whether more waits to be on its way than goes at a time: whoever has more to say waits until it has drained. */
  readonly isFull: boolean;
  /** Resolves once what was sent is on its way, or the subscriber is gone. */
  drained(): Promise<void>;
  /** Ends the subscription with an error. */
  fail(error: Error): void;
}

interface Member {
  /** Number of the first message that is this member's. */
  readonly from: number;
  /** Messages that came while the member was catching up; undefined once it has. */
  held: Buffer[] | undefined;
}

export interface Membership {
  /** Sends what was held back and takes part from here on. */
  release(): void;
  leave(): void;
}

export interface GroupOptions<Entity> {
  readonly interest: Interest<Entity>;
  readonly scope: Scope;
  readonly program: Program;
  /** Selected paths; undefined when the entity itself is not selected. */
  readonly selected: ReadonlySet<string> | undefined;
  /** Milliseconds without a message after which a moved cursor is told; undefined for never. */
  readonly heartbeatMs: number | undefined;
  /** Called when there is something to deliver. */
  readonly onReady: (group: Deliverable) => void;
}

export interface Deliverable {
  deliver(): void;
}

export class Group<Entity> implements Deliverable {
  readonly options: GroupOptions<Entity>;
  readonly #members = new Map<Reader, Member>();
  readonly #watched: ReadonlySet<string> | undefined;
  #ready: Buffer[] = [];
  /** Messages made so far, those that still execute included; and those that were delivered. */
  #made = 0;
  #delivered = 0;
  /** The last message that still executes: those behind it wait, so that order is kept. */
  #executing: Promise<void> | undefined;
  /** The last cursor that was told or was so when the group began, and when. */
  lastCursor = "";
  lastAt = 0;

  constructor(options: GroupOptions<Entity>) {
    this.options = options;
    const { selected, interest } = options;
    this.#watched = selected && new Set([...selected, ...interest.reads]);
  }

  get size(): number {
    return this.#members.size;
  }

  /** What a step is to this group; undefined when it is nothing. */
  effectOf(step: Step<Entity>, view: ClusterView): Effect<Entity> | undefined {
    const { matches } = this.options.interest;
    const effect = transition(step, (entity, taskGroups) => matches(entity, view, taskGroups));
    return effect?.type === "MODIFIED" && !this.#isNews(step.changed) ? undefined : effect;
  }

  #isNews(changed: readonly string[]): boolean {
    const watched = this.#watched;
    // Whoever selects nothing of the entity wants to know that it changed; its version is no news by itself.
    if (!watched) return changed.some((path) => path !== "version");
    return changed.some((path) => watched.has(path));
  }

  /** Adds a message for everybody who has joined by now. */
  push(payload: Encoded): void {
    this.#made++;
    if (!this.#executing && Buffer.isBuffer(payload)) return this.#add(payload);
    const executing = this.#addInTurn(payload, this.#executing).finally(() => {
      if (this.#executing === executing) this.#executing = undefined;
    });
    this.#executing = executing;
  }

  async #addInTurn(payload: Encoded, before: Promise<void> | undefined): Promise<void> {
    try {
      await before;
      this.#add(await payload);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #add(payload: Buffer): void {
    this.#ready.push(payload);
    if (this.#ready.length === 1) this.options.onReady(this);
  }

  deliver(): void {
    const payloads = this.#ready;
    if (payloads.length === 0) return;
    this.#ready = [];
    const first = this.#delivered;
    this.#delivered += payloads.length;
    const batch = new Batch(payloads);
    for (const [reader, member] of this.#members) {
      const missed = Math.max(0, member.from - first);
      if (missed >= payloads.length) continue;
      if (member.held) {
        const kept = payloads.slice(missed);
        member.held.push(...kept);
        reader.hold(bytesOf(kept));
      } else reader.take(missed === 0 ? batch : new Batch(payloads.slice(missed)));
    }
  }

  /** From here on everything that is pushed is this reader's as well, held back until {@link Membership.release}. */
  join(reader: Reader): Membership {
    const member: Member = { from: this.#made, held: [] };
    this.#members.set(reader, member);
    return {
      release: () => {
        const { held } = member;
        member.held = undefined;
        if (!held || held.length === 0 || reader.signal.aborted) return;
        reader.hold(-bytesOf(held));
        reader.take(new Batch(held));
      },
      leave: () => {
        if (!this.#members.delete(reader)) return;
        if (member.held) reader.hold(-bytesOf(member.held));
        member.held = undefined;
      },
    };
  }

  /** Ends it for everybody. */
  fail(error: Error): void {
    for (const reader of this.#members.keys()) reader.fail(error);
  }
}

const bytesOf = (payloads: readonly Buffer[]): number =>
  payloads.reduce((sum, { length }) => sum + length, 0);
