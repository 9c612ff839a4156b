// The scheduler role: follows the changes, acts through the ECS API. Wiring only.
import { createHookHolder } from "../aws/auto-scaling-hooks.ts";
import { createEcsClients, createEcsReader, createEcsWriter } from "../aws/sdk-ecs-api.ts";
import { openInformer } from "../changes/informer.ts";
import { parseEcsArn } from "../ecs/arn.ts";
import { startController } from "../scheduler/controller.ts";
import { openRedisStore } from "../store/redis-store.ts";
import { createSharedBudget } from "../store/shared-budget.ts";
import type { Role, RoleOptions } from "./role.ts";

export async function startScheduler(options: RoleOptions): Promise<Role> {
  const { clock, random, config } = options;
  const log = options.log.child({ role: "scheduler" });
  const onDown = (reason: string) =>
    log.error({ reason }, "lost Redis; waiting for it to come back");
  const store = openRedisStore({ url: options.redisUrl, name: "scheduler", clock, random, onDown });
  const informer = openInformer({ store, clock, log });
  const budget = createSharedBudget({ store, clock, urgency: "urgent" });
  const apis = new Map<
    string,
    ReturnType<typeof createEcsReader> & ReturnType<typeof createEcsWriter>
  >();
  const hooks = createHookHolder();
  const controller = startController({
    departures: {
      hooks,
      settings: { hooks: config.lifecycleHooks, drain: config.drainLeaving },
    },
    store,
    informer,
    clock,
    random,
    log,
    retentionMs: options.config.retentionHours * 3_600_000,
    holder: `scheduler-${random.hex(8)}`,
    apiOf: (cluster) => {
      const { region = "", account = "" } = parseEcsArn(cluster) ?? {};
      let ecs = apis.get(region);
      if (!ecs) {
        const owner = { budget, account: () => Promise.resolve(account) };
        const { reading, writing } = createEcsClients(owner, region);
        ecs = { ...createEcsReader(reading), ...createEcsWriter(writing) };
        apis.set(region, ecs);
      }
      return { ecs, writeBudget: budget.of({ account, region }, "resourceWrites") };
    },
  });
  log.info("scheduler is running");
  return {
    stop: async () => {
      await controller.close();
      hooks.close();
      await informer.close();
      await store.close();
    },
  };
}
