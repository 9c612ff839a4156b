// The scheduler role on its real doors: ECS and Auto Scaling by the AWS SDK, the store on Redis. Opens them, decides nothing.
import { createAccountCredentials } from "../aws/account-credentials.ts";
import { createHookHolder } from "../aws/auto-scaling-hooks.ts";
import { renewedCredentials } from "../aws/credentials.ts";
import { createEcsClients, createEcsReader, createEcsWriter } from "../aws/sdk-ecs-api.ts";
import { openRedisStore } from "../store/redis-store.ts";
import { readAccounts } from "./accounts.ts";
import type { Role, RoleOptions } from "./role.ts";
import { openSpans } from "./traces.ts";
import { runScheduler } from "./run-scheduler.ts";

export async function startScheduler(options: RoleOptions): Promise<Role> {
  const { clock, random, config, redis } = options;
  const log = options.log.child({ role: "scheduler" });
  const onDown = (reason: string) =>
    log.error({ reason }, "lost Redis; waiting for it to come back");
  const credentialsOf = createAccountCredentials(readAccounts(config), renewedCredentials(clock));
  return runScheduler({
    config,
    clock,
    random,
    log,
    spans: await openSpans(config.tracing, clock, log),
    openStore: (by) => openRedisStore({ ...redis, name: "scheduler", clock: by, random, onDown }),
    hooks: createHookHolder(credentialsOf),
    openEcs: (owner, { account, region }) => {
      const { reading, writing } = createEcsClients(owner, region, credentialsOf(account));
      return { ...createEcsReader(reading), ...createEcsWriter(writing) };
    },
  });
}
