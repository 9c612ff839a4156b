// A program that is no part of Longshore, in a world: it runs as processes of its own beside ours, is killed, paused and
// cut off as they are, and is judged by checkers that come with it. Types only: what it is, is its owner's.
import type { CallRates } from "../ecs/api-budget.ts";
import type { DefinitionPlan } from "../simulator/fleet.ts";
import type { World } from "../simulator/world.ts";
import type { StateStore } from "../store/store.ts";
import type { Clock } from "../clock.ts";
import type { ApiEndpoint } from "./api-process.ts";
import type { AwsWorld } from "./ecs-link.ts";
import type { Checker, Tell } from "./facts.ts";
import type { SimulatedProcess } from "./processes.ts";

/** What one process of a guest has. */
export interface GuestDoors {
  readonly process: SimulatedProcess;
  readonly aws: AwsWorld;
  /** What all processes together may call ECS. */
  readonly rates: CallRates;
  /** Closed by the guest. */
  readonly openStore: (clock: Clock) => StateStore;
  /** The api processes that there are, dead ones left out. */
  readonly apis: () => readonly ApiEndpoint[];
  readonly tell: Tell;
}

/** A process of a guest, as whoever started it sees it. */
export interface GuestProcess {
  /** By SIGTERM. */
  stop(): Promise<void>;
  /** It was killed: its connections end. Nothing of it may run any more. */
  killed(): void;
}

/** The true state of things, for checkers. */
export interface Truth {
  readonly world: World;
  readonly now: () => number;
}

export interface Guest {
  /** Processes at a time. */
  readonly copies: number;
  /** Task definitions beside those of every world. */
  readonly definitions: readonly DefinitionPlan[];
  start(doors: GuestDoors): GuestProcess;
  /** What it must never do. */
  checkers(truth: Truth): readonly Checker[];
  /** What is not as it should be yet, asked when all trouble is over and Longshore itself is well. */
  pending(): readonly string[];
}
