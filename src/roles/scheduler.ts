// The scheduler role on its real doors: ECS and Auto Scaling by the AWS SDK, the store on Redis. Opens them, decides nothing.
import { createHookHolder } from "../aws/auto-scaling-hooks.ts";
import { createEcsClients, createEcsReader, createEcsWriter } from "../aws/sdk-ecs-api.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { Role, RoleOptions } from "./role.ts";
import { runScheduler } from "./run-scheduler.ts";

export async function startScheduler(options: RoleOptions): Promise<Role> {
  const { clock, random, config, redisUrl: url } = options;
  const log = options.log.child({ role: "scheduler" });
  const onDown = (reason: string) =>
    log.error({ reason }, "lost Redis; waiting for it to come back");
  return runScheduler({
    config,
    clock,
    random,
    log,
    store: openRedisStore({ url, name: "scheduler", clock, random, onDown }),
    hooks: createHookHolder(),
    openEcs: (owner, region) => {
      const { reading, writing } = createEcsClients(owner, region);
      return { ...createEcsReader(reading), ...createEcsWriter(writing) };
    },
  });
}
