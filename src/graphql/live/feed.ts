// All subscriptions to one kind of entity: takes changes in, finds the groups that may care, hands each its messages.
// Knows nothing of sockets; the views and the log come through the informer.
import type { Change } from "../../changes/change.ts";
import type { ClusterView } from "../../changes/cluster-view.ts";
import type { Informer } from "../../changes/informer.ts";
import type { Clock } from "../../clock.ts";
import type { ClusterArn } from "../../ecs/arn.ts";
import { clientError } from "../errors.ts";
import { findCluster } from "../select.ts";
import { amidRemoval, Cursors, scopeOf, viewsIn } from "./cursors.ts";
import { Group } from "./group.ts";
import type { Told } from "./cursors.ts";
import type { Deliverable, Reader } from "./group.ts";
import { GroupIndex } from "./group-index.ts";
import { catchUp, reach, readStart, sendSnapshot, untilLoaded } from "./opening.ts";
import { Program } from "./program.ts";
import type { ProgramOptions } from "./program.ts";
import type { Selection } from "./selection.ts";
import type { Effect, Step, StepsAt, Topic } from "./topic.ts";

export interface FeedOptions {
  readonly informer: Informer;
  readonly clock: Clock;
  /** Called when a group has something to deliver. */
  readonly onReady: (group: Deliverable) => void;
}

/** What every subscription may say of itself, beyond its filter. */
interface CommonArguments {
  readonly after?: string | null | undefined;
  readonly snapshot?: boolean | null | undefined;
  readonly heartbeatSeconds?: number | null | undefined;
}

/** A subscription that is to begin. */
export interface Request {
  readonly selection: Selection;
  readonly program: Omit<ProgramOptions, "entityField">;
}

/** How seldom something derived is worked out at least, ms, and which part of the time it may take. */
const settleEveryMs = 100;
const settleShare = 10;
const heartbeatMaxSeconds = 86_400;

export class Feed<Entity, Arguments extends CommonArguments> {
  readonly #topic: Topic<Entity, Arguments>;
  readonly #options: FeedOptions;
  readonly #cursors: Cursors;
  readonly #groups = new Map<string, Group<Entity>>();
  readonly #programs = new Map<string, { readonly program: Program; uses: number }>();
  readonly #index: GroupIndex<Entity>;
  /** When a derived view may be settled next, by cluster; and those for which a timer runs. */
  readonly #settleAt = new Map<ClusterArn, number>();
  readonly #settling = new Set<ClusterArn>();

  constructor(topic: Topic<Entity, Arguments>, options: FeedOptions) {
    this.#topic = topic;
    this.#options = options;
    this.#cursors = new Cursors(options.informer, (view) => topic.derived?.asOf(view));
    this.#index = new GroupIndex(topic);
  }

  /** Groups that there are. */
  get size(): number {
    return this.#groups.size;
  }

  changed(changes: readonly Change[], view: ClusterView): void {
    if (this.#groups.size === 0) return;
    const { derived } = this.#topic;
    if (derived) {
      derived.touch(changes, view);
      if (!derived.isDue(view)) return;
      // Only what is settled is told: a cursor that another cluster's news carries must not pass over the rest.
      this.#cursors.holdAt(view, (changes[0]?.seq ?? view.seq) - 1);
      this.#settleWhenDue(view);
      return;
    }
    this.#cursors.moved();
    for (const steps of this.#topic.replay(changes, view)) this.#tell(steps, view);
  }

  /** A cluster that was not there before: all of it is new. */
  added(view: ClusterView): void {
    this.#cursors.moved();
    const groups = [...this.#groups.values()].filter((group) => this.#covers(group, view));
    for (const group of groups) this.#failIfAmbiguous(group);
    if (groups.every(({ size }) => size === 0)) return;
    this.#topic.derived?.begin(view);
    const steps = Array.from(this.#topic.present(view), (after): Step<Entity> => ({
      before: undefined,
      after,
      changed: [],
    }));
    this.#tell({ seq: view.seq, steps }, view, { seq: 0 });
  }

  /** A cluster that is not there any more, as it was last. */
  removed(view: ClusterView): void {
    this.#cursors.moved();
    const steps = Array.from(
      this.#groups.size > 0 ? this.#topic.present(view) : [],
      (before): Step<Entity> => ({ before, after: undefined, changed: [] }),
    );
    this.#tell({ seq: view.seq, steps }, view, amidRemoval, (group) =>
      this.#cursors.now(group.options.scope),
    );
    this.#forget(view);
    this.#index.forget(view.arn);
  }

  /** A cluster whose log had a gap: nobody can be told what happened in it. */
  lost(view: ClusterView): void {
    this.#forget(view);
    this.#index.forget(view.arn);
    for (const group of this.#groups.values())
      if (this.#covers(group, view))
        group.fail(
          clientError(
            "CURSOR_EXPIRED",
            `the change log of ${view.arn} had a gap: subscribe again with snapshot: true.`,
          ),
        );
  }

  /** Looks what time has done, and tells moved cursors to groups that heard nothing for as long as they asked. */
  beat(now: number): void {
    for (const view of this.#options.informer.views.values())
      if (this.#topic.derived?.isDue(view)) this.#settleWhenDue(view);
    for (const group of this.#groups.values()) {
      const { heartbeatMs, scope, program } = group.options;
      if (heartbeatMs === undefined || now - group.lastAt < heartbeatMs) continue;
      const cursor = this.#cursors.now(scope);
      group.lastAt = now;
      if (cursor === group.lastCursor) continue;
      group.lastCursor = cursor;
      group.push(program.encode({ type: "SYNCED", cursor, changed: [], node: null }));
    }
  }

  /** Begins a subscription; resolves once it is live. Rejects with a client's error. */
  async subscribe(request: Request, reader: Reader): Promise<void> {
    const { informer } = this.#options;
    // The schema has coerced them to what their type says.
    const args = request.selection.args as Arguments;
    const start = readStart(args);
    const scope = scopeOf(this.#topic.clusterOf(args));
    const interest = this.#topic.interest(args);
    await untilLoaded(informer, reader.signal);
    // Throws when the name stands for several.
    if (scope.cluster !== undefined) findCluster(informer, scope.cluster);
    if (typeof start === "object") await reach(informer, scope, start.after);
    // A name of several clusters is refused, as in queries; one that nobody knows yet is waited for.
    if (scope.cluster !== undefined) findCluster(informer, scope.cluster);
    if (reader.signal.aborted) return;
    // Up to where the reader has joined nothing is awaited: views, group and reader are at one point of the log.
    for (const view of viewsIn(informer, scope)) this.#begin(view);
    const group = this.#groupFor(request, () => ({
      interest,
      scope,
      heartbeatMs: heartbeatOf(args),
    }));
    const membership = group.join(reader);
    const leave = () => {
      membership.leave();
      if (group.size === 0) this.#drop(request.selection, group);
    };
    reader.signal.addEventListener("abort", leave, { once: true });
    const opening = {
      topic: this.#topic,
      informer,
      clock: this.#options.clock,
      group,
      scope,
      ends: this.#cursors.positions(scope),
      reader,
    };
    if (typeof start === "object") await catchUp(opening, start.after);
    if (start === "snapshot") await sendSnapshot(opening);
    membership.release();
  }

  #begin(view: ClusterView): void {
    const { derived } = this.#topic;
    if (!derived) return;
    // What waits to be worked out must not be told to somebody who sees it already.
    if (derived.isDue(view)) this.#settle(view);
    derived.begin(view);
    this.#cursors.moved();
  }

  /** A name that has come to stand for a second cluster: its followers meant the first. */
  #failIfAmbiguous(group: Group<Entity>): void {
    const { cluster } = group.options.scope;
    if (cluster === undefined) return;
    try {
      findCluster(this.#options.informer, cluster);
    } catch (error) {
      group.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #forget(view: ClusterView): void {
    this.#topic.derived?.forget(view);
    this.#cursors.caughtUp(view.arn);
  }

  #covers(group: Group<Entity>, view: ClusterView): boolean {
    return group.options.scope.covers(view.arn);
  }

  #groupFor(
    { selection, program }: Request,
    describe: () => Pick<Group<Entity>["options"], "interest" | "scope" | "heartbeatMs">,
  ): Group<Entity> {
    const known = this.#groups.get(selection.groupKey);
    if (known) return known;
    const group = new Group<Entity>({
      ...describe(),
      program: this.#programFor(selection, program),
      selected: selection.shape.paths,
      onReady: this.#options.onReady,
    });
    group.lastAt = this.#options.clock.monotonic();
    group.lastCursor = this.#cursors.now(group.options.scope);
    this.#groups.set(selection.groupKey, group);
    this.#index.add(group);
    return group;
  }

  #programFor({ programKey }: Selection, options: Request["program"]): Program {
    const known = this.#programs.get(programKey);
    if (known) {
      known.uses++;
      return known.program;
    }
    const program = new Program({ ...options, entityField: this.#topic.entityField });
    this.#programs.set(programKey, { program, uses: 1 });
    return program;
  }

  #drop({ groupKey, programKey }: Selection, group: Group<Entity>): void {
    if (this.#groups.get(groupKey) !== group) return;
    this.#groups.delete(groupKey);
    this.#index.delete(group);
    const used = this.#programs.get(programKey);
    if (used && --used.uses === 0) this.#programs.delete(programKey);
    if (this.#groups.size > 0) return;
    for (const view of this.#options.informer.views.values()) this.#forget(view);
  }

  /**
   * Hands out one position's steps. Only a group's last message of them carries the position; those before it carry
   * `from`, so that whoever is cut off behind them gets all of this position again, and nothing of before.
   */
  #tell(
    { seq, steps }: StepsAt<Entity>,
    view: ClusterView,
    from: Told = { seq: seq - 1 },
    cursorAfter = (group: Group<Entity>) =>
      this.#cursors.at(group.options.scope, view, { ...this.#cursors.told(view), seq }),
  ): void {
    const [only] = steps;
    if (steps.length === 1 && only) {
      for (const group of this.#index.candidates(only, view)) {
        const effect = effectWithin(group, only, view);
        if (effect) this.#push(group, only, effect, cursorAfter(group));
      }
      return;
    }
    const last = new Map<Group<Entity>, (cursor: string) => void>();
    for (const step of steps)
      for (const group of this.#index.candidates(step, view)) {
        const effect = effectWithin(group, step, view);
        if (!effect) continue;
        last.get(group)?.(this.#cursors.at(group.options.scope, view, from));
        last.set(group, (cursor) => this.#push(group, step, effect, cursor));
      }
    for (const [group, push] of last) push(cursorAfter(group));
  }

  #push(
    group: Group<Entity>,
    step: Step<Entity>,
    { type, entity }: Effect<Entity>,
    cursor: string,
  ): void {
    const node = this.#topic.node(entity);
    group.push(
      group.options.program.encodeOnce(step, { type, cursor, changed: step.changed, node }),
    );
    group.lastCursor = cursor;
    group.lastAt = this.#options.clock.monotonic();
  }

  #settle(view: ClusterView): void {
    const { clock } = this.#options;
    const began = clock.monotonic();
    const from = this.#cursors.told(view);
    const steps = this.#topic.derived?.settle(view) ?? [];
    this.#cursors.caughtUp(view.arn);
    this.#cursors.moved();
    if (steps.length > 0) this.#tell({ seq: view.seq, steps }, view, from);
    const now = clock.monotonic();
    this.#settleAt.set(view.arn, now + Math.max(settleEveryMs, (now - began) * settleShare));
  }

  #settleWhenDue(view: ClusterView): void {
    const { clock } = this.#options;
    if (this.#settling.has(view.arn)) return;
    const waitMs = (this.#settleAt.get(view.arn) ?? 0) - clock.monotonic();
    if (waitMs <= 0) return this.#settle(view);
    this.#settling.add(view.arn);
    clock.after(waitMs, () => {
      this.#settling.delete(view.arn);
      // It may have been removed or loaded anew meanwhile.
      const current = this.#options.informer.views.get(view.arn);
      if (current && this.#topic.derived?.isDue(current)) this.#settle(current);
    });
  }
}

/** A filter that fails (an expression that takes too much work) ends its own group: the others must hear of the step. */
function effectWithin<Entity>(
  group: Group<Entity>,
  step: Step<Entity>,
  view: ClusterView,
): Effect<Entity> | undefined {
  try {
    return group.effectOf(step, view);
  } catch (error) {
    group.fail(error instanceof Error ? error : new Error(String(error)));
    return undefined;
  }
}

function heartbeatOf({ heartbeatSeconds }: CommonArguments): number | undefined {
  if (heartbeatSeconds === null || heartbeatSeconds === undefined) return undefined;
  if (heartbeatSeconds < 1 || heartbeatSeconds > heartbeatMaxSeconds)
    throw clientError(
      "BAD_USER_INPUT",
      `heartbeatSeconds is ${heartbeatSeconds}: it takes 1 to ${heartbeatMaxSeconds}, or is left out.`,
    );
  return heartbeatSeconds * 1000;
}
