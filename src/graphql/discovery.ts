// Endpoints in the formats of other programs: Prometheus' HTTP service discovery, a map for HAProxy. Pure.
import { parseEcsArn, arnId, clusterName } from "../ecs/arn.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import { isIpv6 } from "../ecs/endpoint.ts";
import type { Endpoint } from "../ecs/endpoint.ts";
import type { Task } from "../ecs/task.ts";
import type { EndpointFilter } from "./generated/schema-types.ts";

/** An endpoint with what its labels are taken from. */
export interface Discovered {
  readonly endpoint: Endpoint;
  readonly task: Task | undefined;
  readonly instance: ContainerInstance | undefined;
}

/** A filter for endpoints, from the query of a URL. */
export interface DiscoveryFilter extends EndpointFilter {
  /** Only those that ECS does not call UNHEALTHY. */
  readonly healthy: boolean;
}

const parameters = ["cluster", "family", "group", "container", "containerPort", "healthy"];

/** The filter, or why the query cannot be used: a filter that is misspelt must not pass for none. */
export function readFilter(query: URLSearchParams): DiscoveryFilter | { readonly problem: string } {
  for (const name of new Set(query.keys())) {
    if (!parameters.includes(name))
      return { problem: `there is no parameter "${name}": these take ${parameters.join(", ")}.` };
    if (query.getAll(name).length > 1) return { problem: `parameter "${name}" is given twice.` };
  }
  const text = (name: string) => query.get(name) ?? undefined;
  const port = text("containerPort");
  if (port !== undefined && !/^\d{1,5}$/.test(port))
    return { problem: `containerPort is "${port}": it takes a port, such as 8080.` };
  const healthy = text("healthy") ?? "false";
  if (healthy !== "true" && healthy !== "false")
    return { problem: `healthy is "${healthy}": it takes true or false.` };
  return {
    cluster: text("cluster"),
    family: text("family"),
    group: text("group"),
    container: text("container"),
    containerPort: port === undefined ? undefined : Number(port),
    healthy: healthy === "true",
  };
}

/** `host:port`, with brackets round an IPv6 address. */
function address({ host, port }: Endpoint): string {
  return isIpv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

type Labels = Readonly<Record<string, string | undefined>>;

const tagLabel = (key: string) => `__meta_ecs_tag_${key.replace(/[^A-Za-z0-9_]/g, "_")}`;

/** Labels of a target. Those that begin with `__meta_` are for relabelling; Prometheus drops them afterwards. */
function labelsOf({ endpoint, task, instance }: Discovered): Labels {
  const { clusterArn, taskArn, family, group, container, availabilityZone } = endpoint;
  const { region, account } = parseEcsArn(clusterArn) ?? {};
  const cluster = clusterName(clusterArn);
  const tags = (task?.tags ?? []).map(({ key, value }) => [tagLabel(key), value] as const);
  return {
    ecs_cluster: cluster,
    ecs_family: family,
    ecs_group: group,
    ecs_container: container,
    __meta_ecs_account: account,
    __meta_ecs_availability_zone: availabilityZone,
    __meta_ecs_cluster: cluster,
    __meta_ecs_cluster_arn: clusterArn,
    __meta_ecs_container: container,
    __meta_ecs_container_instance_arn: task?.containerInstanceArn,
    __meta_ecs_container_port: String(endpoint.containerPort),
    __meta_ecs_ec2_instance_id: instance?.ec2InstanceId,
    __meta_ecs_family: family,
    __meta_ecs_group: group,
    __meta_ecs_healthy: String(endpoint.healthy),
    __meta_ecs_launch_type: task?.launchType,
    __meta_ecs_region: region,
    __meta_ecs_service: /^service:(.+)$/.exec(group ?? "")?.[1],
    __meta_ecs_started_by: task?.startedBy,
    __meta_ecs_task_arn: taskArn,
    __meta_ecs_task_definition: task && arnId(task.taskDefinitionArn),
    __meta_ecs_task_id: arnId(taskArn),
    ...Object.fromEntries(tags),
  };
}

/** Target groups as JSON texts. Ports of one container that differ in nothing but the port number share a group. */
export function prometheusGroups(discovered: readonly Discovered[]): string[] {
  const groups = new Map<string, string[]>();
  for (const each of discovered) {
    // Prometheus speaks HTTP, which runs over tcp.
    if (each.endpoint.protocol !== "tcp") continue;
    const labels = JSON.stringify(labelsOf(each));
    const targets = groups.get(labels);
    if (targets) targets.push(address(each.endpoint));
    else groups.set(labels, [address(each.endpoint)]);
  }
  return [...groups].map(
    ([labels, targets]) => `{"targets":${JSON.stringify(targets)},"labels":${labels}}`,
  );
}

/** Names that HAProxy takes: letters, digits and `-_.:`. */
const haproxyName = (text: string) => text.replace(/[^\w.:-]/g, "-");

/** Lines of a map file: `<backend>/<server> <host>:<port>`, as HAProxy writes servers in its runtime API. */
export function haproxyLines(discovered: readonly Discovered[]): string[] {
  return discovered.map(({ endpoint }) => {
    const { clusterArn, family, container, containerPort, taskArn, port } = endpoint;
    const backend = [clusterName(clusterArn), family, container, containerPort].join("_");
    // A container port that is published twice makes two servers.
    const server = `${arnId(taskArn)}-${port}`;
    return `${haproxyName(backend)}/${haproxyName(server)} ${address(endpoint)}`;
  });
}
