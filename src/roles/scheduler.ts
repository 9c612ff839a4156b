// The scheduler role: follows the changes, acts through the ECS API. Wiring only.
import { createEcsClients, createEcsReader, createEcsWriter } from "../aws/sdk-ecs-api.ts";
import { openInformer } from "../changes/informer.ts";
import { parseEcsArn } from "../ecs/arn.ts";
import { startController } from "../scheduler/controller.ts";
import { createRateBudget } from "../scheduler/rate-budget.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { Role, RoleOptions } from "./role.ts";

/** Below what ECS allows an account and region (writes 100 and 40/s, reads 100 and 20/s), to leave room for people. */
const writes = { burst: 90, perSecond: 36 };
const reads = { burst: 40, perSecond: 10 };

export async function startScheduler(options: RoleOptions): Promise<Role> {
  const { clock, random } = options;
  const log = options.log.child({ role: "scheduler" });
  const onDown = (reason: string) =>
    log.error({ reason }, "lost Redis; waiting for it to come back");
  const store = openRedisStore({ url: options.redisUrl, name: "scheduler", clock, random, onDown });
  const informer = openInformer({ store, clock, log });
  const apis = new Map<
    string,
    ReturnType<typeof createEcsReader> & ReturnType<typeof createEcsWriter>
  >();
  const controller = startController({
    store,
    informer,
    clock,
    random,
    log,
    holder: `scheduler-${random.hex(8)}`,
    writeBudget: createRateBudget(clock, writes.burst, writes.perSecond),
    readBudget: createRateBudget(clock, reads.burst, reads.perSecond),
    ecsOf: (cluster) => {
      const region = parseEcsArn(cluster)?.region ?? "";
      let api = apis.get(region);
      if (!api) {
        const { reading, writing } = createEcsClients(region);
        api = { ...createEcsReader(reading), ...createEcsWriter(writing) };
        apis.set(region, api);
      }
      return api;
    },
  });
  log.info("scheduler is running");
  return {
    stop: async () => {
      await controller.close();
      await informer.close();
      await store.close();
    },
  };
}
