// `longshore get task ID` and its like: finds the one that is meant and prints its details.
import type { JsonObject } from "../ecs/json.ts";
import type { ApiClient } from "./client.ts";
import { clusterDetail } from "./details/cluster.ts";
import { daemonDetail } from "./details/daemon.ts";
import { instanceDetail } from "./details/instance.ts";
import type { Detail } from "./details/layout.ts";
import { taskDetail } from "./details/task.ts";
import { ClientFailure } from "./failure.ts";
import { clusterArn, findDaemon, findInstance, findTask } from "./find.ts";
import { yamlWriter } from "./output.ts";
import { readOne } from "./reading.ts";
import { colourPaint, plainPaint } from "./style.ts";
import type { Terminal } from "./terminal.ts";

export type Kind = "cluster" | "instance" | "task" | "daemon";

export const details: Readonly<Record<Kind, Detail>> = {
  cluster: clusterDetail,
  instance: instanceDetail,
  task: taskDetail,
  daemon: daemonDetail,
};

export interface Which {
  readonly kind: Kind;
  /** Name, id, beginning of an id, or ARN. */
  readonly which: string;
  /** Cluster to look in, by name or ARN; undefined for all. */
  readonly cluster: string | undefined;
}

/** Variables for a detail's document. Throws a ClientFailure when nothing, or more than one thing, is meant. */
export async function variablesOf(
  client: ApiClient,
  { kind, which, cluster }: Which,
): Promise<JsonObject> {
  switch (kind) {
    case "cluster":
      return { cluster: await clusterArn(client, which) };
    case "instance":
      return { arn: await findInstance(client, which, cluster) };
    case "task":
      return { arn: await findTask(client, which, cluster) };
    case "daemon":
      return { ...(await findDaemon(client, which, cluster)) };
  }
}

export interface DescribeOptions {
  readonly output: "table" | "json" | "yaml";
}

/** Prints the details of one thing. Throws a ClientFailure. */
export async function describe(
  client: ApiClient,
  which: Which,
  { output }: DescribeOptions,
  terminal: Terminal,
  now: number,
): Promise<void> {
  const detail = details[which.kind];
  const node = await readOne(client, detail.asked, await variablesOf(client, which));
  if (!node) throw noSuchThing(which);
  if (output === "json") return terminal.print(`${JSON.stringify(node, undefined, 2)}\n`);
  if (output === "yaml") return terminal.print((await yamlWriter())(node));
  const paint = terminal.colours ? colourPaint : plainPaint;
  const lines = detail.lines(node, { now, width: terminal.width, paint });
  await terminal.print(`${lines.join("\n")}\n`);
}

export function noSuchThing({ kind, which }: Which): ClientFailure {
  return new ClientFailure(
    "here",
    "NOT_FOUND",
    `no ${kind} is "${which}": longshore get ${details[kind].resource.name} lists them.`,
  );
}
