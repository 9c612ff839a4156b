// Amazon resource names of ECS: parse and format. Identity of anything in ECS is
// partition + region + account + cluster + kind + id; a short ARN (before 2018) does not carry the cluster.

declare const brand: unique symbol;
type Branded<Name> = string & { readonly [brand]?: Name };

export type ClusterArn = Branded<"ClusterArn">;
export type TaskArn = Branded<"TaskArn">;
export type ContainerInstanceArn = Branded<"ContainerInstanceArn">;
export type TaskDefinitionArn = Branded<"TaskDefinitionArn">;

/** The place of a resource: everything of its ARN before the resource part. */
export interface ArnScope {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** An ECS ARN taken apart. `cluster` is absent in short ARNs and in resources that no cluster owns. */
export interface EcsArn extends ArnScope {
  readonly resource: string;
  readonly cluster?: string;
  readonly id: string;
}

const arnPattern =
  /^arn:(aws[a-z0-9-]*):ecs:([a-z0-9-]{1,40}):(\d{12}):([a-z-]+)\/([\w./:@+=-]{1,512})$/;

/** Takes an ECS ARN apart; undefined when the text is not one. */
export function parseEcsArn(text: string): EcsArn | undefined {
  const match = arnPattern.exec(text);
  if (!match) return undefined;
  const [, partition = "", region = "", account = "", resource = "", path = ""] = match;
  const scope = { partition, region, account, resource };
  const slash = path.indexOf("/");
  if (slash < 0) return { ...scope, id: path };
  return { ...scope, cluster: path.slice(0, slash), id: path.slice(path.lastIndexOf("/") + 1) };
}

/** Whether the text is the ARN of a cluster. A name with a slash is none: ids end at the last slash. */
export function isClusterArn(text: string): boolean {
  const arn = parseEcsArn(text);
  return arn?.resource === "cluster" && arn.cluster === undefined;
}

/** The name in a cluster ARN, or the text itself when it is a bare name. */
export function clusterName(clusterArnOrName: string): string {
  return clusterArnOrName.slice(clusterArnOrName.lastIndexOf("/") + 1);
}

/** The last segment of any ARN: what ECS calls the id. */
export function arnId(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

export function formatClusterArn(scope: ArnScope, name: string): ClusterArn {
  return `arn:${scope.partition}:ecs:${scope.region}:${scope.account}:cluster/${name}`;
}

/** Family of a task definition ARN or of `family:revision`: `web` for `.../task-definition/web:12`. */
export function taskDefinitionFamily(taskDefinition: string): string {
  const name = arnId(taskDefinition);
  const colon = name.lastIndexOf(":");
  return colon < 0 ? name : name.slice(0, colon);
}
