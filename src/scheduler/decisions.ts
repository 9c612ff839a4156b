// Notes what the scheduler did and why: a line in the log at once, and the daemon's history in Redis under the lease
// that it was decided under. Decides nothing, and nothing waits for it.
import type { Clock } from "../clock.ts";
import { decisionsMax } from "../daemon/decision.ts";
import type { Decision } from "../daemon/decision.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { arnId } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";
import type { StateStore } from "../store/store.ts";
import { changeName, recordStep } from "../telemetry/change-trace.ts";
import type { Spans } from "../telemetry/spans.ts";
import type { Causes } from "./causes.ts";
import type { SchedulerCounters } from "./counters.ts";

export interface Decisions {
  /** Under no lease nothing is noted: who may not act has not acted. */
  note(
    daemon: Pick<Daemon, "name" | "revision">,
    decision: Omit<Decision, "at" | "revision">,
  ): void;
  /** Resolves when all that was noted is written, or Redis has failed to take it. */
  written(): Promise<void>;
}

export interface DecisionsOptions {
  readonly store: Pick<StateStore, "noteDecisions">;
  readonly cluster: ClusterArn;
  readonly clock: Clock;
  readonly log: Log;
  /** The lease that is held, if any. */
  readonly held: () => string | undefined;
  readonly counters: Pick<SchedulerCounters, "decisions">;
  readonly causes: Pick<Causes, "of">;
  readonly random: Pick<Random, "hex">;
  /** Who takes traces; absent for nobody. */
  readonly spans?: Spans | undefined;
}

const words: Partial<Record<Decision["type"], string>> = {
  START: "started a task",
  STOP: "stopped a task",
  REFUSE: "ECS refused a start",
  UNKNOWN: "the outcome of a call is not known",
  LOOKUP: "asked ECS about a start that was not seen",
  ADOPT: "found a task that was not remembered",
  BACKOFF: "waits before the next start",
};
const troubles = new Set<Decision["type"]>(["REFUSE", "UNKNOWN", "LOOKUP", "FAIL"]);

/** Decisions for one daemon under one lease, which are written together. */
interface Waiting {
  readonly daemon: string;
  readonly lease: string;
  readonly decisions: Decision[];
}

export function createDecisions(options: DecisionsOptions): Decisions {
  const { store, cluster, clock, log, held, counters, causes, random, spans } = options;
  let waiting = new Map<string, Waiting>();
  let writing: Promise<void> | undefined;

  /** What a start or a stop came of, for the log; notes it in the trace of that change as well. */
  function causeOf(
    daemon: string,
    { type, containerInstance, task }: Omit<Decision, "at" | "revision">,
  ): { readonly cause?: string } {
    if (containerInstance === undefined || (type !== "START" && type !== "STOP")) return {};
    const now = clock.now();
    const cause = causes.of(daemon, arnId(containerInstance), now);
    if (!cause) return {};
    if (spans)
      recordStep(spans, cause, {
        name: type === "START" ? "start task" : "stop task",
        kind: "client",
        spanId: random.hex(16),
        from: cause.at,
        to: Math.max(cause.at, now),
        attributes: { "longshore.daemon": daemon, "aws.ecs.task.arn": task ?? "" },
      });
    return { cause: changeName(cause) };
  }

  async function write(): Promise<void> {
    while (waiting.size > 0) {
      const batch = waiting;
      waiting = new Map();
      for (const { daemon, lease, decisions } of batch.values())
        try {
          await store.noteDecisions(cluster, daemon, decisions, lease);
        } catch (error) {
          // The log has them; a history with a gap is better than one that grows while Redis is away.
          const reason = error instanceof Error ? error.message : String(error);
          log.warn({ daemon, decisions: decisions.length, reason }, "history was not written");
        }
    }
    writing = undefined;
  }

  return {
    note: ({ name, revision }, decision) => {
      const lease = held();
      if (lease === undefined) return;
      const { type, reason, containerInstance, task } = decision;
      counters.decisions.set(type, (counters.decisions.get(type) ?? 0) + 1);
      const about = {
        daemon: name,
        type,
        revision,
        reason,
        ...(containerInstance === undefined ? {} : { instance: arnId(containerInstance) }),
        ...(task === undefined ? {} : { task: arnId(task) }),
        ...causeOf(name, decision),
      };
      log[troubles.has(type) ? "warn" : "info"](about, words[type] ?? "decided");
      const key = `${lease}\n${name}`;
      const batch = waiting.get(key) ?? { daemon: name, lease, decisions: [] };
      waiting.set(key, batch);
      batch.decisions.push({ ...decision, at: clock.now(), revision });
      if (batch.decisions.length > decisionsMax) batch.decisions.shift();
      // Not before this turn of the event loop has ended: what is decided together is written together.
      writing ??= Promise.resolve().then(write);
    },
    written: () => writing ?? Promise.resolve(),
  };
}
