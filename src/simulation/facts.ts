// Everything that can be observed in a simulated world, as plain data with the time of the world. Whoever makes
// something happen states the fact; checkers, the story and the coverage read facts and nothing else. Decides nothing.
import type { Decision } from "../daemon/decision.ts";
import { arnId } from "../ecs/arn.ts";
import type { CallClass } from "../ecs/api-budget.ts";
import { readMessage } from "../ecs/event.ts";
import type { EntityKind, LeasePurpose } from "../store/keys.ts";
import type { StateStore } from "../store/store.ts";

/** program: somebody else's, see guest.ts. */
export type ProcessRole = "ingest" | "scheduler" | "api" | "program";

/**
 * trouble: faults happen. healing: they have stopped. night: all processes are frozen, for hours. converged: everything
 * is as it should be. ended: time is up.
 */
export type Phase = "trouble" | "healing" | "night" | "converged" | "ended";

/** The world as it was drawn, for the story: the checkers need nothing of it. */
interface DrawnFact {
  readonly kind: "drawn";
  readonly seed: number;
  /** What was drawn, in words or numbers, by name. */
  readonly what: Readonly<Record<string, string | number>>;
}

interface PhaseFact {
  readonly kind: "phase";
  readonly phase: Phase;
}

/**
 * killed: nothing of it runs any more, and nobody was told. stopping, stopped: by SIGTERM. paused, woken: by SIGSTOP and
 * SIGCONT. jumped: its wall clock was set. crashed: by itself, which is always a bug.
 */
interface ProcessFact {
  readonly kind: "process";
  /** Unique: one that is started again has another name. */
  readonly process: string;
  readonly role: ProcessRole;
  readonly life:
    | "started"
    | "stopping"
    | "stopped"
    | "killed"
    | "paused"
    | "woken"
    | "jumped"
    | "crashed";
  readonly detail?: string | undefined;
}

/** Something was made to go wrong, or the fleet was disturbed. */
interface FaultFact {
  readonly kind: "fault";
  /** One of the world's faults by name: `lostReply`, `instanceTerminated`, ... */
  readonly fault: string;
  /** What it hit. */
  readonly target: string;
  readonly detail?: string | undefined;
}

/** What ECS said of one entity, at the time it became true, whatever becomes of the event on its way. */
export interface SaidFact {
  readonly kind: "said";
  readonly entity: "t" | "i";
  readonly cluster: string;
  /** Id without ARN, as the store has it. */
  readonly id: string;
  readonly arn: string;
  readonly version: string;
  /** lastStatus of a task, status of an instance. */
  readonly status: string;
  readonly task?: SaidTask | undefined;
  /** Of an instance. */
  readonly agentConnected?: boolean | undefined;
}

export interface SaidTask {
  readonly desiredStatus: string;
  /** Id without ARN. */
  readonly containerInstance: string | undefined;
  readonly startedBy: string | undefined;
  readonly group: string | undefined;
  readonly taskDefinition: string;
  readonly stopCode: string | undefined;
  readonly stoppedReason: string | undefined;
  readonly exitCodes: readonly (number | undefined)[];
  readonly createdAt: number | undefined;
}

/** One request to ECS, EC2 or Auto Scaling on its way: a call of a port may be several. */
export interface AwsRequest {
  /** Counts all requests of a world. */
  readonly callId: number;
  readonly process: string;
  /** AWS's spelling: `StartTask`, `DescribeTasks`, `DescribeInstances`, `RecordLifecycleActionHeartbeat`. */
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  /** ARN; undefined for what concerns none. */
  readonly cluster: string | undefined;
  /** What starts are made with. */
  readonly startedBy?: string | undefined;
  readonly group?: string | undefined;
  readonly clientToken?: string | undefined;
  readonly taskDefinition?: string | undefined;
  /** Container instances that the request names, as ids without ARN. Of RunTask: those that `memberOf` allows. */
  readonly containerInstances?: readonly string[] | undefined;
  /** ARN or id of the task that StopTask names. */
  readonly task?: string | undefined;
  /** Why, as StopTask says it. */
  readonly reason?: string | undefined;
  /** Names of the attributes that are set or removed. */
  readonly attributes?: readonly string[] | undefined;
  /** Of UpdateContainerInstancesState. */
  readonly status?: string | undefined;
}

/** The request leaves the process: everything that was looked at before is behind it, `mayCall` too. */
export interface SentFact {
  readonly kind: "sent";
  readonly request: AwsRequest;
}

/** AWS has done it, or refused to: at one instant, whether or not anybody hears of it. */
export interface ExecutedFact {
  readonly kind: "executed";
  readonly request: AwsRequest;
  readonly outcome: "ok" | "refused" | "throttled" | "failed";
  /** Name of the exception; undefined for ok. */
  readonly error?: string | undefined;
  /** Tasks that were started by it (RunTask with a known token starts none), as ids without ARN. */
  readonly started?:
    | readonly { readonly task: string; readonly containerInstance: string }[]
    | undefined;
  /** Instances that were refused, and why. */
  readonly failures?:
    | readonly { readonly containerInstance: string; readonly reason: string }[]
    | undefined;
}

/** The process hears of it. One that was killed never does. */
export interface AnsweredFact {
  readonly kind: "answered";
  readonly callId: number;
  readonly process: string;
  /** ok, or the name of the error that the caller saw (a timeout is one). */
  readonly outcome: string;
}

/** A token of the rate budget was handed to a waiting caller of a process. */
export interface TokensFact {
  readonly kind: "tokens";
  readonly process: string;
  readonly account: string;
  readonly region: string;
  readonly callClass: CallClass;
  readonly granted: number;
}

/** A change that the store committed: one entry of a cluster's log. */
export interface ChangeFact {
  readonly kind: "change";
  /** Who asked for it. */
  readonly process: string;
  readonly cluster: string;
  readonly epoch: string;
  readonly seq: number;
  readonly entity: EntityKind;
  readonly id: string;
  /** Whole records; undefined for none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** A call of the store that writes was executed there, with or without an effect. */
export interface StoreCallFact {
  readonly kind: "store";
  readonly process: string;
  readonly method: keyof StateStore;
  readonly cluster: string | undefined;
  /** The lease that it was made under, if any. */
  readonly lease?: string | undefined;
  /** `written`, `fenced`, `conflict`, `ok`, or the name of an error. */
  readonly outcome: string;
}

/** What became of a lease at the store. `until` is in the world's time. */
export interface LeaseFact {
  readonly kind: "lease";
  readonly process: string;
  readonly cluster: string;
  readonly purpose: LeasePurpose;
  readonly change: "taken" | "renewed" | "refused" | "released";
  readonly lease: string | undefined;
  readonly until: number | undefined;
}

/** Redis was restarted, with the last writes lost or all of them, was away for a while, or got a first replica. */
export interface StoreLifeFact {
  readonly kind: "redis";
  readonly life: "restarted" | "wiped" | "away" | "back" | "renamed";
  /** Of restarted and away: everything that was written after this, world time, is lost; undefined for nothing. */
  readonly lostSince?: number | undefined;
}

/** The scheduler noted why it did something. */
export interface DecisionFact {
  readonly kind: "decision";
  readonly process: string;
  readonly cluster: string;
  readonly daemon: string;
  readonly decision: Decision;
}

/** A user asks an api process for a mutation. */
export interface AskedFact {
  readonly kind: "asked";
  /** Counts all mutations of a world. */
  readonly ask: number;
  readonly user: string;
  readonly process: string;
  readonly mutation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly dryRun: boolean;
  /** Code of the error that it must be answered with, whatever else is true; undefined where it depends. */
  readonly expects?: string | undefined;
}

/** ok, an error with its code, or lost: the process was gone before it answered, so nobody knows. */
export interface ToldFact {
  readonly kind: "told";
  readonly ask: number;
  readonly outcome: "ok" | "error" | "lost";
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  /** The payload of the mutation. */
  readonly answer?: Readonly<Record<string, unknown>> | undefined;
}

/** What a user saw when looking at a daemon through an api process. */
export interface LookedFact {
  readonly kind: "looked";
  readonly user: string;
  readonly process: string;
  readonly daemon: string;
  readonly phase: string;
  /** State of each placement, and why, in the words that people read. */
  readonly placements: readonly { readonly state: string; readonly reason: string }[];
}

/** What happened at a subscriber, whose own file says in which form its messages are. */
export interface SubscriberFact {
  readonly kind: "subscriber";
  readonly subscriber: string;
  readonly event: "subscribed" | "message" | "error" | "completed" | "closed";
  readonly process: string;
  /** Close code or error code. */
  readonly code?: string | number | undefined;
  readonly cursor?: string | undefined;
  readonly message?: Readonly<Record<string, unknown>> | undefined;
}

/** A process logged something that people would look at. */
interface LoggedFact {
  readonly kind: "logged";
  readonly process: string;
  readonly level: "warn" | "error";
  readonly message: string;
  readonly about: Readonly<Record<string, unknown>>;
}

/** A program that is not ours says something, for the story. */
interface NotedFact {
  readonly kind: "noted";
  readonly process: string;
  readonly text: string;
}

export type FactBody =
  | DrawnFact
  | PhaseFact
  | ProcessFact
  | FaultFact
  | SaidFact
  | SentFact
  | ExecutedFact
  | AnsweredFact
  | TokensFact
  | ChangeFact
  | StoreCallFact
  | LeaseFact
  | StoreLifeFact
  | DecisionFact
  | AskedFact
  | ToldFact
  | LookedFact
  | SubscriberFact
  | LoggedFact
  | NotedFact;

/** `at`: ms since the epoch by the world's own clock, which no process sees. Facts of one world never go back in it. */
export type Fact = FactBody & { readonly at: number };

export type FactKind = Fact["kind"];
export type FactOf<Kind extends FactKind> = Extract<Fact, { readonly kind: Kind }>;

/** Takes a fact as it happens; the receiver adds the time. */
export type Tell = (fact: FactBody) => void;

/** A rule that was broken, in words: which rule, where, what was seen. */
export interface Breach {
  readonly checker: string;
  readonly at: number;
  readonly message: string;
}

/** Watches one world from its first fact on. One instance is for one world. */
export interface Checker {
  readonly name: string;
  /** Hears every fact in order; answers what it breaks. */
  hear(fact: Fact): readonly Breach[];
  /** The world has ended: what only time could show. */
  end?(at: number): readonly Breach[];
}

/** What the body of an event says of tasks and instances; nothing for other events. */
export function said(body: string): SaidFact[] {
  return readMessage(body).flatMap((event): SaidFact[] => {
    if (event.outcome === "containerInstance") {
      const { arn, clusterArn: cluster, version, status, agentConnected } = event.containerInstance;
      const id = arnId(arn);
      return [{ kind: "said", entity: "i", cluster, id, arn, version, status, agentConnected }];
    }
    if (event.outcome !== "task") return [];
    const { arn, clusterArn: cluster, version, lastStatus: status, ...task } = event.task;
    const { desiredStatus, startedBy, group, stopCode, stoppedReason, createdAt } = task;
    const more: SaidTask = {
      desiredStatus,
      containerInstance: task.containerInstanceArn && arnId(task.containerInstanceArn),
      startedBy,
      group,
      taskDefinition: task.taskDefinitionArn,
      stopCode,
      stoppedReason,
      exitCodes: task.containers.map(({ exitCode }) => exitCode),
      createdAt,
    };
    return [
      { kind: "said", entity: "t", cluster, id: arnId(arn), arn, version, status, task: more },
    ];
  });
}
