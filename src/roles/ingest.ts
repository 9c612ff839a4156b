// The ingest role on its real doors: SQS, ECS, EC2 and STS by the AWS SDK, the store on Redis. Opens them, decides nothing.
import type { ECSClient } from "@aws-sdk/client-ecs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { renewedCredentials } from "../aws/credentials.ts";
import type { CredentialProvider } from "../aws/credentials.ts";
import { createAddressBook } from "../aws/ec2-addresses.ts";
import type { ClientBudget } from "../aws/budgeted-client.ts";
import {
  createEcsClients,
  createEcsReader,
  createTaskDefinitionReader,
} from "../aws/sdk-ecs-api.ts";
import { regionsNamed } from "../ingest/reconcile-scope.ts";
import type { RegionReader } from "../ingest/reconcile-scope.ts";
import { openSqsQueue } from "../sqs/sqs-queue.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { Role, RoleOptions } from "./role.ts";
import { runIngest } from "./run-ingest.ts";

/** The account of the credentials, asked once; undefined while STS does not tell. */
function accountOf(credentials: CredentialProvider): () => Promise<string | undefined> {
  const sts = new STSClient({ credentials });
  let known: string | undefined;
  return async () =>
    (known ??= await sts.send(new GetCallerIdentityCommand({})).then(
      ({ Account }) => Account,
      () => undefined,
    ));
}

/** The regions to compare with ECS: the worker's own, and those of ARNs among the clusters that the settings name. */
function readRegions(
  home: ECSClient,
  budget: ClientBudget,
  clusters: readonly string[],
): RegionReader[] {
  const named = regionsNamed(clusters);
  const own = { region: () => home.config.region(), ecs: createEcsReader(home) };
  const others = named.others.map((region): RegionReader => ({
    region: () => Promise.resolve(region),
    ecs: createEcsReader(createEcsClients(budget, region).reading),
  }));
  return named.home ? [own, ...others] : others;
}

export async function startIngest(options: RoleOptions): Promise<Role> {
  const { config, random, clock } = options;
  const log = options.log.child({ role: "ingest" });
  const onDown = (reason: string) =>
    log.error({ reason }, "lost Redis; waiting for it to come back");
  const credentials = renewedCredentials(clock);
  return runIngest({
    config,
    clock,
    random,
    log,
    openStore: (store) =>
      openRedisStore({ ...store, url: options.redisUrl, name: "ingest", random, onDown }),
    queue: openSqsQueue({ queue: config.queue, clock, credentials }),
    addresses: createAddressBook(new EC2Client({ credentials })),
    account: accountOf(credentials),
    openEcs: (budget) => {
      const { reading } = createEcsClients(budget);
      return {
        regions: readRegions(reading, budget, config.clusters),
        taskDefinitions: createTaskDefinitionReader(reading),
      };
    },
  });
}
