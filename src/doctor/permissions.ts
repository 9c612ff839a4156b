// Tries what Longshore asks of ECS and EC2, one permission after the other, by calls that change nothing.
import { DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import type { EC2Client } from "@aws-sdk/client-ec2";
import {
  DescribeContainerInstancesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListContainerInstancesCommand,
  ListTasksCommand,
  paginateListClusters,
} from "@aws-sdk/client-ecs";
import type { ECSClient } from "@aws-sdk/client-ecs";
import { clusterName } from "../ecs/arn.ts";
import { arnFor, attempt } from "./attempt.ts";
import type { Permission, Surroundings } from "./attempt.ts";
import { ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { tryInstanceWrites, untried } from "./scheduler-permissions.ts";

const allowed = (action: string, resource: string, without: string): Permission => ({
  service: "ECS",
  action,
  resource,
  without,
});

/** Describing something that is not there is answered by ECS, and denied all the same without permission. */
const nobody = "0".repeat(32);

const perCluster =
  "ecs:ListContainerInstances, ecs:DescribeContainerInstances, ecs:ListTasks and ecs:DescribeTasks";

/** The clusters of ECS that Longshore would track, and what is odd about the wish. `wanted` is empty for all. */
export function judgeClusters(
  listed: readonly string[],
  wanted: readonly string[],
  region: string,
): { tracked: readonly string[]; findings: readonly Finding[] } {
  const fits = (arn: string, wish: string) => arn === wish || clusterName(arn) === wish;
  const unknown = wanted.filter((wish) => !listed.some((arn) => fits(arn, wish)));
  const findings = unknown.map((wish) =>
    warn(
      `cluster ${wish}`,
      `LONGSHORE_CLUSTERS names it, and there is none in ${region}`,
      "create it, or correct LONGSHORE_CLUSTERS or AWS_REGION",
    ),
  );
  const tracked =
    wanted.length === 0 ? listed : listed.filter((arn) => wanted.some((wish) => fits(arn, wish)));
  if (listed.length === 0)
    findings.unshift(
      ok("clusters", `none in ${region} yet, so there was none to try ${perCluster} on`),
    );
  else
    findings.unshift(
      ok("clusters", `${listed.length} in ${region}, ${tracked.length} of them tracked`),
    );
  return { tracked, findings };
}

async function tryCluster(
  ecs: ECSClient,
  cluster: string,
  surroundings: Surroundings,
): Promise<readonly Finding[]> {
  const name = clusterName(cluster);
  const tried = `answered for cluster ${name}`;
  const scope = (kind: string) => arnFor(surroundings, "ecs", `${kind}/${name}/*`);
  const stale = "the full comparison with ECS stops, so that missed events stay missed";
  const listing = await attempt(
    surroundings,
    allowed("ecs:ListContainerInstances", arnFor(surroundings, "ecs", `cluster/${name}`), stale),
    tried,
    (abortSignal) =>
      ecs.send(new ListContainerInstancesCommand({ cluster, maxResults: 1 }), { abortSignal }),
  );
  // A service that does not answer once would not answer three times more.
  if (listing.fault?.kind === "unreachable") return [listing.finding];
  const instance = listing.answer?.containerInstanceArns?.[0] ?? nobody;
  const describing = await attempt(
    surroundings,
    allowed("ecs:DescribeContainerInstances", scope("container-instance"), stale),
    tried,
    (abortSignal) =>
      ecs.send(
        new DescribeContainerInstancesCommand({
          cluster,
          containerInstances: [instance],
          include: ["TAGS"],
        }),
        { abortSignal },
      ),
  );
  const listingTasks = await attempt(
    surroundings,
    // A list of a whole cluster's tasks names no resource: policies narrow it by the condition ecs:cluster.
    allowed("ecs:ListTasks", "*", stale),
    tried,
    (abortSignal) => ecs.send(new ListTasksCommand({ cluster, maxResults: 1 }), { abortSignal }),
  );
  const task = listingTasks.answer?.taskArns?.[0] ?? nobody;
  const describingTasks = await attempt(
    surroundings,
    allowed("ecs:DescribeTasks", scope("task"), stale),
    tried,
    (abortSignal) =>
      ecs.send(new DescribeTasksCommand({ cluster, tasks: [task], include: ["TAGS"] }), {
        abortSignal,
      }),
  );
  const reads = [listing, describing, listingTasks, describingTasks];
  return [
    ...reads.map(({ finding }) => finding),
    ...(await tryInstanceWrites(ecs, cluster, surroundings)),
  ];
}

/** Task definitions only tell ports: without them Longshore runs, and some tasks have no endpoints. */
async function tryTaskDefinitions(ecs: ECSClient, surroundings: Surroundings): Promise<Finding> {
  const { finding } = await attempt(
    surroundings,
    {
      service: "ECS",
      action: "ecs:DescribeTaskDefinition",
      resource: "*",
      without: "tasks in awsvpc and host mode have no endpoints",
      optional: true,
    },
    "task definitions can be read",
    (abortSignal) =>
      ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: `${nobody}:1` }), {
        abortSignal,
      }),
    // ECS says so of a task definition that does not exist, to whoever may ask.
    ({ name }) => name === "ClientException",
  );
  return finding;
}

/** ECS: which clusters there are, and the permissions on the first one that is tracked. */
export async function checkEcs(
  ecs: ECSClient,
  wanted: readonly string[],
  surroundings: Surroundings,
): Promise<readonly Finding[]> {
  const without = "Longshore does not learn which clusters exist";
  const listing = await attempt(
    surroundings,
    allowed("ecs:ListClusters", "*", without),
    "the clusters were listed",
    async (abortSignal) => {
      const arns: string[] = [];
      for await (const page of paginateListClusters(
        { client: ecs, pageSize: 100 },
        {},
        { abortSignal },
      ))
        arns.push(...(page.clusterArns ?? []));
      return arns;
    },
  );
  const findings = [listing.finding];
  if (listing.answer) {
    const judged = judgeClusters(listing.answer, wanted, surroundings.region);
    findings.push(...judged.findings);
    const first = judged.tracked[0];
    if (first !== undefined) findings.push(...(await tryCluster(ecs, first, surroundings)));
  } else if (listing.fault?.kind === "denied") {
    const first = wanted[0];
    if (first !== undefined) findings.push(...(await tryCluster(ecs, first, surroundings)));
    else findings.push(noClusterKnown);
  } else return findings;
  findings.push(await tryTaskDefinitions(ecs, surroundings));
  return [...findings, ...untried(surroundings)];
}

const noClusterKnown = warn(
  "permissions on a cluster",
  `${perCluster} were not tried, since no cluster is known`,
  "allow ecs:ListClusters and run doctor again",
);

/** EC2 only tells addresses: without it Longshore runs, and some endpoints have no host. */
export async function checkEc2(ec2: EC2Client, surroundings: Surroundings): Promise<Finding> {
  const permission: Permission = {
    service: "EC2",
    action: "ec2:DescribeInstances",
    resource: "*",
    without: "endpoints of tasks in bridge and host mode have no host address",
    optional: true,
  };
  const { finding } = await attempt(
    surroundings,
    permission,
    "the instances' addresses can be read",
    (abortSignal) => ec2.send(new DescribeInstancesCommand({ MaxResults: 5 }), { abortSignal }),
  );
  return finding;
}
