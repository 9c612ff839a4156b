// Runs every check and hands over what it finds, in a fixed order. Changes nothing anywhere, judges nothing itself.
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECSClient } from "@aws-sdk/client-ecs";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";
import type { Clock } from "../clock.ts";
import type { Config, Environment } from "../config.ts";
import { createSqsClient } from "../sqs/sqs-client.ts";
import type { Surroundings } from "./attempt.ts";
import { checkAccounts, readAccounts } from "./accounts.ts";
import { checkConfiguration } from "./configuration.ts";
import { findCredentials, identify } from "./credentials.ts";
import { within } from "./deadline.ts";
import { checkDeployment } from "./deployment.ts";
import { redactFinding, redactor, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { checkEc2, checkEcs } from "./permissions.ts";
import { checkQueue } from "./queue.ts";
import { checkRedis } from "./redis.ts";
import { judgeRegion } from "./region.ts";

export interface DoctorOptions {
  readonly clock: Clock;
  /** Of this process: the AWS SDK reads it on its own. */
  readonly environment: Environment;
  /** Where `serve` would keep a private copy of Redis. */
  readonly dataDir: string;
}

const silence = () => {};
/** The SDK would print its own warnings among the findings. */
const quiet = { trace: silence, debug: silence, info: silence, warn: silence, error: silence };

/** Two tries: one hiccup is no finding, and a check ends in its time. */
const clientOptions = { maxAttempts: 2, logger: quiet };

interface Clients {
  readonly sts: STSClient;
  readonly sqs: SQSClient;
  readonly ecs: ECSClient;
  readonly ec2: EC2Client;
}

function createClients(): Clients {
  return {
    sts: new STSClient(clientOptions),
    // An endpoint or the host in a queue's URL: it must be the one that ingest asks.
    sqs: createSqsClient(undefined, clientOptions),
    ecs: new ECSClient(clientOptions),
    ec2: new EC2Client(clientOptions),
  };
}

/** The region that the SDK resolves; undefined when it finds none. */
async function resolveRegion({ sts }: Clients, clock: Clock): Promise<string | undefined> {
  try {
    return await within(clock, () => sts.config.region());
  } catch {
    return undefined;
  }
}

const notChecked = (queue: string, missing: string): Finding =>
  warn(
    "queue, permissions",
    `queue ${queue} and the permissions on SQS, ECS and EC2 were not checked: that takes ${missing}`,
    `mend that first and run doctor again`,
  );

/** Everything of AWS; each yield is a batch of findings that are known by then. */
async function* examineAws(
  clients: Clients,
  config: Config,
  { clock, environment }: DoctorOptions,
  onAccount: (account: string | undefined) => void,
): AsyncGenerator<readonly Finding[]> {
  const region = await resolveRegion(clients, clock);
  yield [judgeRegion(region, environment)];
  const found = await findCredentials(clients.sts, { clock, environment });
  yield found.findings;
  if (!found.usable || !region) {
    const missing = [...(region ? [] : ["a region"]), ...(found.usable ? [] : ["credentials"])];
    return yield [notChecked(config.queue, missing.join(" and "))];
  }
  const { finding, identity, usable } = await identify(clients.sts, { clock, environment });
  yield [finding];
  onAccount(identity?.account);
  if (!usable) return yield [notChecked(config.queue, "credentials that AWS accepts")];
  const surroundings: Surroundings = {
    clock,
    environment,
    region,
    principal: identity?.principal ?? "these credentials",
    account: identity?.account,
  };
  const queue = checkQueue(clients.sqs, config.queue, surroundings);
  const ecs = checkEcs(clients.ecs, config.clusters, surroundings);
  const ec2 = checkEc2(clients.ec2, surroundings);
  const accounts = checkAccounts(await readAccounts(config), {
    sts: clients.sts,
    surroundings,
    clientOptions,
  });
  // Awaited one after the other for the order; a later one must not fail unseen meanwhile.
  for (const check of [queue, ecs, ec2, accounts]) check.catch(silence);
  yield await queue;
  yield await ecs;
  yield [await ec2];
  yield await accounts;
}

/** Findings one by one, as they are known. Throws only for a bug. */
export async function* examine(options: DoctorOptions): AsyncGenerator<Finding> {
  const { clock, environment, dataDir } = options;
  const redact = redactor(environment);
  const { findings, config } = checkConfiguration(environment);
  const redis = checkRedis(config.redisUrl, { clock, environment, dataDir });
  redis.catch(silence);
  for (const finding of findings) yield redactFinding(finding, redact);
  const clients = createClients();
  try {
    let { deployment } = config;
    const aws = examineAws(clients, config, options, (account) => (deployment ??= account));
    for await (const batch of aws)
      for (const finding of batch) yield redactFinding(finding, redact);
    const ofRedis = await redis;
    for (const finding of ofRedis) yield redactFinding(finding, redact);
    // One that does not answer is not waited for once more.
    if (ofRedis.some(({ level }) => level === "fail")) return;
    for (const finding of await checkDeployment(config.redisUrl, deployment, clock))
      yield redactFinding(finding, redact);
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}
