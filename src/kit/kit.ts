// What the pieces of a scheduler stand on: the client, time and randomness, what is kept in Redis, and ECS with its
// shared budget. One object, so that tests hand in another one. Holds the doors; uses none of them.
import type { ClientBudget } from "../aws/budgeted-client.ts";
import type { LongshoreClient } from "../client/index.ts";
import type { Clock } from "../clock.ts";
import type { BudgetScope, CallBudget, CallRates } from "../ecs/api-budget.ts";
import { parseEcsArn } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { EcsReader, EcsWriter } from "../ecs/ecs-api.ts";
import type { Random } from "../random.ts";
import type { BudgetBuckets } from "../store/budget-buckets.ts";
import type { Kept, KeptStore } from "../store/kept.ts";
import { createRedisClock } from "../store/redis-clock.ts";
import { createSharedBudget } from "../store/shared-budget.ts";
import { checkName } from "./mark.ts";

/** ECS, and the tokens that a write takes before it is made. Reads take theirs by themselves. */
export interface EcsDoor {
  readonly ecs: EcsReader & EcsWriter;
  readonly writeBudget: CallBudget;
}

/** What a scheduler is built on. Made by `openKit`, or by `world()` of `longshore/testing`. */
export interface Kit {
  /** The scheduler's: processes of one name are copies of each other, and one of them acts. */
  readonly name: string;
  /** Longshore's API, for informers and questions. Closed with the kit. */
  readonly client: LongshoreClient;
  /** The time that all copies share (Redis's), and timers. */
  readonly clock: Clock;
  readonly random: Random;
  /** Resolves when the shared time is known: nothing is decided before. */
  readonly ready: Promise<void>;
  /** Lease and intents of this name. */
  readonly kept: Kept;
  /** ECS where a cluster is, by its ARN. Takes from the same budget as Longshore's own processes. */
  ecsOf(cluster: ClusterArn): EcsDoor;
  /** What is to end before its connections do: the last one first. */
  onClose(end: () => Promise<void>): void;
  /** Closes its controllers, gives its lease back, ends its connections. */
  close(): Promise<void>;
}

export interface KitDoors {
  readonly name: string;
  /** Closed with the kit. */
  readonly client: LongshoreClient;
  readonly clock: Clock;
  readonly random: Random;
  /** On the time that all processes share. Closed with the kit. */
  readonly openStore: (
    clock: Clock,
  ) => KeptStore & BudgetBuckets & { time(): Promise<number>; close(): Promise<void> };
  /** Reads take their tokens of the budget by themselves, writes leave that to their caller. */
  readonly openEcs: (owner: ClientBudget, place: BudgetScope) => EcsReader & EcsWriter;
  /** What all processes together may call ECS; Longshore's own share of the published rates if left out. */
  readonly rates?: CallRates | undefined;
}

/** A kit on whatever doors it is given: the real ones or a simulation's. Throws a TypeError for a name that is none. */
export function assembleKit(doors: KitDoors): Kit {
  const name = checkName(doors.name);
  const clock = createRedisClock(doors.clock);
  const store = doors.openStore(clock);
  const stop = new AbortController();
  const budget = createSharedBudget({ store, clock, urgency: "urgent", rates: doors.rates });
  const endings: (() => Promise<void>)[] = [];
  const places = new Map<string, EcsDoor>();
  return {
    name,
    client: doors.client,
    clock,
    random: doors.random,
    ready: clock.follow(store.time, stop.signal),
    kept: store.kept(name),
    ecsOf: (cluster) => {
      const arn = parseEcsArn(cluster);
      if (arn?.resource !== "cluster")
        throw new TypeError(`cluster "${cluster}" cannot be used: it takes the ARN of a cluster`);
      const place = { account: arn.account, region: arn.region };
      const known = places.get(`${place.account} ${place.region}`);
      if (known) return known;
      const owner = {
        budget,
        account: () => Promise.resolve(place.account),
        signal: stop.signal,
      };
      const writeBudget = budget.of(place, "resourceWrites");
      const door = { ecs: doors.openEcs(owner, place), writeBudget };
      places.set(`${place.account} ${place.region}`, door);
      return door;
    },
    onClose: (end) => void endings.unshift(end),
    close: async () => {
      for (const end of endings.splice(0)) await end();
      stop.abort();
      await doors.client.close();
      await store.close();
    },
  };
}
