// The ingest role on its real doors: SQS, ECS, EC2 and STS by the AWS SDK, in as many accounts and regions as are to be
// read, the store on Redis. Opens them, decides nothing.
import type { ECSClient } from "@aws-sdk/client-ecs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { accountOf } from "../aws/account.ts";
import { createAccountCredentials } from "../aws/account-credentials.ts";
import type { CredentialsOf } from "../aws/account-credentials.ts";
import { renewedCredentials } from "../aws/credentials.ts";
import { createAddressBook } from "../aws/ec2-addresses.ts";
import type { ClientBudget } from "../aws/budgeted-client.ts";
import {
  createEcsClients,
  createEcsReader,
  createTaskDefinitionReader,
} from "../aws/sdk-ecs-api.ts";
import type { AccountEntry } from "../ecs/accounts.ts";
import type { AddressBook } from "../ecs/address-book.ts";
import { parseEcsArn } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { TaskDefinitionReader } from "../ecs/ecs-api.ts";
import { regionsNamed } from "../ingest/reconcile-scope.ts";
import type { RegionReader } from "../ingest/reconcile-scope.ts";
import { openSqsQueue } from "../sqs/sqs-queue.ts";
import { openRedisStore } from "../store/redis-store.ts";
import { readAccounts } from "./accounts.ts";
import type { Role, RoleOptions } from "./role.ts";
import { openSpans } from "./traces.ts";
import { runIngest } from "./run-ingest.ts";

/** Accounts that are read by a role of theirs. */
function accountsByRole(entries: readonly AccountEntry[]): ReadonlySet<string> {
  return new Set(entries.flatMap(({ account, roleArn }) => (roleArn ? [account] : [])));
}

/** What is opened once for each account and region; those without an account in the file by the worker's own credentials. */
function onceEach<Opened>(
  entries: readonly AccountEntry[],
  open: (account: string | undefined, region: string) => Opened,
): (account: string, region: string) => Opened {
  const byRole = accountsByRole(entries);
  const opened = new Map<string, Opened>();
  return (account, region) => {
    const owner = byRole.has(account) ? account : undefined;
    const key = `${owner ?? ""} ${region}`;
    let one = opened.get(key);
    if (one === undefined) opened.set(key, (one = open(owner, region)));
    return one;
  };
}

type ReadingClient = (account: string, region: string) => ECSClient;

/** The places to compare with ECS: the worker's own region, those of ARNs among the clusters named, and the file's. */
function readRegions(
  home: ECSClient,
  clientOf: ReadingClient,
  clusters: readonly string[],
  entries: readonly AccountEntry[],
): RegionReader[] {
  const foreign = accountsByRole(entries);
  const isOwn = (cluster: string) => !foreign.has(parseEcsArn(cluster)?.account ?? "");
  const ownOnes = clusters.filter(isOwn);
  const named = regionsNamed(ownOnes);
  const ecsIn = (account: string, region: string) => createEcsReader(clientOf(account, region));
  const own = { region: () => home.config.region(), ecs: createEcsReader(home) };
  const others = named.others.map((region): RegionReader => ({
    region: () => Promise.resolve(region),
    ecs: ecsIn("", region),
  }));
  const further = entries.flatMap(({ account, roleArn, regions }) =>
    regions.map((region): RegionReader => ({
      ...(roleArn === undefined ? {} : { account }),
      region: () => Promise.resolve(region),
      ecs: ecsIn(account, region),
    })),
  );
  const readsHome = named.home && (clusters.length === 0 || ownOnes.length > 0);
  return [...(readsHome ? [own] : []), ...others, ...further];
}

/** Task definitions by a client of the account and region that each is in. */
function readDefinitions(home: ECSClient, clientOf: ReadingClient): TaskDefinitionReader {
  return {
    describeTaskDefinition: (arn) => {
      const place = parseEcsArn(arn);
      const client = place ? clientOf(place.account, place.region) : home;
      return createTaskDefinitionReader(client).describeTaskDefinition(arn);
    },
  };
}

function openAddressBooks(
  entries: readonly AccountEntry[],
  credentialsOf: CredentialsOf,
): (cluster: ClusterArn) => AddressBook {
  const bookOf = onceEach(entries, (account, region) =>
    createAddressBook(
      new EC2Client({
        credentials: credentialsOf(account),
        ...(region === "" ? {} : { region }),
      }),
    ),
  );
  return (cluster) => {
    const { account = "", region = "" } = parseEcsArn(cluster) ?? {};
    return bookOf(account, region);
  };
}

export async function startIngest(options: RoleOptions): Promise<Role> {
  const { config, random, clock } = options;
  const log = options.log.child({ role: "ingest" });
  const onDown = (reason: string) =>
    log.error({ reason }, "lost Redis; waiting for it to come back");
  const entries = readAccounts(config);
  const credentials = renewedCredentials(clock);
  const credentialsOf = createAccountCredentials(entries, credentials);
  return runIngest({
    config,
    clock,
    random,
    log,
    spans: await openSpans(config.tracing, clock, log),
    openStore: (store) =>
      openRedisStore({ ...store, ...options.redis, name: "ingest", random, onDown }),
    queue: openSqsQueue({ queue: config.queue, clock, credentials }),
    addressesOf: openAddressBooks(entries, credentialsOf),
    account: accountOf(credentials),
    openEcs: (budget: ClientBudget) => {
      const { reading: home } = createEcsClients(budget, undefined, credentials);
      const clientOf = onceEach(entries, (account, region) => {
        const owner = account === undefined ? budget.account : () => Promise.resolve(account);
        return createEcsClients({ ...budget, account: owner }, region, credentialsOf(account))
          .reading;
      });
      return {
        regions: readRegions(home, clientOf, config.clusters, entries),
        taskDefinitions: readDefinitions(home, clientOf),
      };
    },
  });
}
