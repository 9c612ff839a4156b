// What a scheduler is made of, on whatever doors it is given: the real ones or a simulation's. Wiring only.
import type { ClientBudget } from "../aws/budgeted-client.ts";
import { openInformer } from "../changes/informer.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { BudgetScope, CallRates } from "../ecs/api-budget.ts";
import { parseEcsArn } from "../ecs/arn.ts";
import type { HookHolder } from "../ecs/departure.ts";
import type { EcsReader, EcsWriter } from "../ecs/ecs-api.ts";
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";
import { startController } from "../scheduler/controller.ts";
import { newSchedulerCounters } from "../scheduler/counters.ts";
import { createRedisClock } from "../store/redis-clock.ts";
import { createSharedBudget } from "../store/shared-budget.ts";
import type { StateStore } from "../store/store.ts";
import type { Spans } from "../telemetry/spans.ts";
import type { Role } from "./role.ts";
import { countScheduler } from "./scheduler-metrics.ts";

export interface SchedulerDoors {
  readonly config: Pick<Config, "lifecycleHooks" | "drainLeaving" | "retentionHours">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What all our processes together may call ECS; our share of the published rates if left out. */
  readonly rates?: CallRates | undefined;
  /** On the time that all processes share; closed with the role. */
  readonly openStore: (clock: Clock) => StateStore;
  /** Who takes traces; absent for nobody. */
  readonly spans?: Spans | undefined;
  readonly hooks: HookHolder & { close(): void };
  /** Reads take their tokens of the budget by themselves, writes leave that to their caller. */
  readonly openEcs: (owner: ClientBudget, place: BudgetScope) => EcsReader & EcsWriter;
}

export function runScheduler(doors: SchedulerDoors): Role {
  const { config, random, log, hooks } = doors;
  const clock = createRedisClock(doors.clock);
  const store = doors.openStore(clock);
  const stop = new AbortController();
  const informer = openInformer({ store, clock, log });
  const budget = createSharedBudget({ store, clock, urgency: "urgent", rates: doors.rates });
  const apis = new Map<string, EcsReader & EcsWriter>();
  const counters = newSchedulerCounters();
  const start = () =>
    startController({
      departures: {
        hooks,
        settings: { hooks: config.lifecycleHooks, drain: config.drainLeaving },
      },
      store,
      informer,
      clock,
      random,
      log,
      retentionMs: config.retentionHours * 3_600_000,
      counters,
      spans: doors.spans,
      holder: `scheduler-${random.hex(8)}`,
      apiOf: (cluster) => {
        const { region = "", account = "" } = parseEcsArn(cluster) ?? {};
        const place = `${account} ${region}`;
        let ecs = apis.get(place);
        if (!ecs) {
          ecs = doors.openEcs(
            { budget, account: () => Promise.resolve(account) },
            { account, region },
          );
          apis.set(place, ecs);
        }
        return { ecs, writeBudget: budget.of({ account, region }, "resourceWrites") };
      },
    });
  // Nothing is decided by a time that the other processes do not share.
  const controller = clock
    .follow(store.time, stop.signal)
    .then(() => (stop.signal.aborted ? undefined : start()));
  log.info("scheduler is running");
  return {
    self: { ping: store.ping, count: (registry) => countScheduler(registry, counters) },
    stop: async () => {
      stop.abort();
      await (await controller)?.close();
      hooks.close();
      await informer.close();
      await store.close();
      await doors.spans?.close();
    },
  };
}
