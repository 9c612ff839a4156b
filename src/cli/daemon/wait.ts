// `--wait`: follows a daemon until its rollout has ended, one way or the other, and tells how it goes. Changes nothing.
import type { Clock } from "../../clock.ts";
import type { Filters } from "../../client/kinds.ts";
import { arnId } from "../../ecs/arn.ts";
import type { ApiClient } from "../client.ts";
import type { Payload } from "./change.ts";
import { duration } from "../details/layout.ts";
import { ClientFailure, describeFailure } from "../failure.ts";
import type { DaemonName } from "../find.ts";
import { follow } from "../follow.ts";
import type { Step } from "../../client/follow.ts";
import { resources } from "../resources/all.ts";
import type { DaemonNode } from "../resources/daemons.ts";
import type { Terminal } from "../terminal.ts";

export interface Wait extends DaemonName {
  /** The revision whose rollout is waited for; undefined when it is waited for to be gone. */
  readonly revision: number | undefined;
  /** Milliseconds; undefined for as long as it takes. */
  readonly withinMs: number | undefined;
}

/** What the outcome is read of. */
interface Seen {
  readonly revision: number;
  /** A later API may know phases that we do not. */
  readonly status: { readonly phase: string; readonly reason: string };
}

/** How a rollout stands: it goes on, or it has ended so. */
export type Outcome =
  | { readonly kind: "goes on" }
  | { readonly kind: "done" | "troubled" | "failed"; readonly reason: string };

/**
 * Reads how the rollout of `revision` stands. `troubled` may pass: right after a change, what is said may still be
 * about the revision before.
 */
export function outcomeOf(daemon: Seen, revision: number): Outcome {
  const { phase, reason } = daemon.status;
  const present = daemon.revision;
  if (present < revision) return { kind: "goes on" };
  if (present > revision)
    return {
      kind: "failed",
      reason: `revision ${revision} has given way to revision ${present}: ${reason}`,
    };
  switch (phase) {
    case "ACTIVE":
      return { kind: "done", reason };
    case "PAUSED":
    case "DELETING":
      return { kind: "failed", reason };
    case "STUCK":
    case "FAILING":
      return { kind: "troubled", reason };
    default:
      // The one state that waits for a person, and the API says so in words only.
      return reason.includes("promoteDaemon") ? { kind: "done", reason } : { kind: "goes on" };
  }
}

/** Trouble that lasts so long is no leftover of what was before. */
const troubleMs = 5000;

function progress({ status }: DaemonNode): string {
  const numbers = (["running", "updated", "outdated", "waiting", "failed"] as const)
    .map((name) => `${status[name]} ${name}`)
    .join(", ");
  return `${status.phase}: of ${status.desired} container instances ${numbers}`;
}

/** One wait: what was seen last, and what may still end it. */
class RolloutWait {
  readonly #wait: Wait;
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #begun: number;
  readonly #end = new AbortController();
  readonly who: string;
  isLate = false;
  said = "";
  #trouble: { reason: string; readonly cancel: () => void } | undefined;

  constructor(wait: Wait, terminal: Terminal, clock: Clock) {
    this.#wait = wait;
    this.#terminal = terminal;
    this.#clock = clock;
    this.#begun = clock.monotonic();
    this.who = `daemon ${wait.name} in ${arnId(wait.cluster)}`;
  }

  /** Aborts when nothing more is waited for. */
  get signal(): AbortSignal {
    return AbortSignal.any([this.#end.signal, this.#terminal.interrupted]);
  }

  /** Begins the time that is allowed; what it returns ends it. */
  start(): () => void {
    const { withinMs } = this.#wait;
    const late = () => {
      this.isLate = true;
      this.#end.abort();
    };
    const cancel = withinMs === undefined ? undefined : this.#clock.after(withinMs, late);
    return () => {
      cancel?.();
      this.#trouble?.cancel();
    };
  }

  /** Takes a step in; true when the end is reached. Throws a ClientFailure. */
  take(step: Step<DaemonNode>): boolean {
    if (step.kind === "reset" || step.kind === "heartbeat") return false;
    const { revision } = this.#wait;
    const isGone = step.type === "REMOVED" || (step.kind === "synced" && this.said === "");
    if (isGone && revision === undefined) return this.#done("it is gone");
    // The API may not know yet what it has just answered.
    if (step.kind !== "change") return false;
    if (step.type === "REMOVED") throw this.failed("it was deregistered");
    this.#say(progress(step.entity));
    return revision !== undefined && this.#judge(outcomeOf(step.entity, revision));
  }

  #judge(outcome: Outcome): boolean {
    if (outcome.kind === "done") return this.#done(outcome.reason);
    if (outcome.kind === "failed") throw this.failed(outcome.reason);
    if (outcome.kind === "troubled" && this.#trouble) this.#trouble.reason = outcome.reason;
    else if (outcome.kind === "troubled")
      this.#trouble = {
        reason: outcome.reason,
        cancel: this.#clock.after(troubleMs, () => this.#end.abort()),
      };
    else {
      this.#trouble?.cancel();
      this.#trouble = undefined;
    }
    return false;
  }

  #say(line: string): void {
    if (line !== this.said) this.#terminal.progress(`longshore: ${this.who} ${line}`);
    this.said = line;
  }

  #done(reason: string): true {
    const took = duration(this.#clock.monotonic() - this.#begun);
    this.#terminal.note(`longshore: ${this.who}: ${reason}, after ${took}.`);
    return true;
  }

  failed(reason: string): ClientFailure {
    const { name, cluster } = this.#wait;
    const where = `${name} --cluster ${arnId(cluster)}`;
    return new ClientFailure(
      "here",
      "ROLLOUT_FAILED",
      `${this.who}: ${reason}. longshore get daemon ${where} shows where; longshore daemon rollback ${where} goes back.`,
    );
  }

  /** Why nothing more is waited for, when the end was not reached. */
  ended(): ClientFailure {
    const { withinMs = 0 } = this.#wait;
    if (this.isLate)
      return new ClientFailure(
        "here",
        "TIMEOUT",
        `${this.who} is not done within ${duration(withinMs)}; it goes on by itself. Last seen: ${this.said === "" ? "nothing" : this.said}.`,
      );
    if (this.#trouble && !this.#terminal.interrupted.aborted)
      return this.failed(this.#trouble.reason);
    const reason = `${this.who} goes on by itself; nobody waits for it any more.`;
    return new ClientFailure("here", "INTERRUPTED", reason);
  }
}

/** Waits, with progress on stderr. Throws a ClientFailure when it fails, is stuck, or takes too long. */
export async function waitForRollout(
  client: ApiClient,
  wait: Wait,
  terminal: Terminal,
  clock: Clock,
): Promise<void> {
  const waiting = new RolloutWait(wait, terminal, clock);
  const stop = waiting.start();
  const steps = follow(client, resources.daemons.full, {
    start: { kind: "snapshot" },
    filter: { cluster: wait.cluster, name: wait.name } satisfies Filters["daemons"],
    signal: waiting.signal,
    onDown: (failure) => terminal.note(`${describeFailure(failure)} Trying again.`),
  });
  try {
    for await (const step of steps) if (waiting.take(step)) return;
  } finally {
    stop();
  }
  throw waiting.ended();
}

/** What a change's payload says of what is to be waited for. */
export function waitAfter(
  { daemon }: Payload,
  which: DaemonName,
  isRemoval: boolean,
): Omit<Wait, "withinMs"> {
  return {
    cluster: daemon?.cluster.arn ?? which.cluster,
    name: which.name,
    revision: isRemoval ? undefined : daemon?.revision,
  };
}
