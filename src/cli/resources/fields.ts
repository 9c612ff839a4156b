// The parts that tables of all kinds are made of: columns and filter options, and what several kinds show alike. Pure.
import { arnId } from "../../ecs/arn.ts";
import { toneOfWord } from "../style.ts";
import { age } from "../table.ts";
import type { FilterOption, ResourceColumn } from "./resource.ts";

/** Of a cluster. */
interface InCluster {
  readonly cluster: { readonly name: string };
}

interface Amount {
  readonly name: string;
  readonly value: string;
}

interface Amounts {
  readonly registeredResources: readonly Amount[];
  readonly remainingResources: readonly Amount[];
}

type Say<Node> = (node: Node) => string | null | undefined;

/** A number, or nothing. */
export const count = (value: number | null | undefined): string => String(value ?? "");
export const clusterOf = (node: InCluster): string => node.cluster.name;
export const agent = (node: { readonly agentConnected: boolean }): string =>
  node.agentConnected ? "connected" : "disconnected";
export const health = (node: { readonly healthy: boolean }): string =>
  node.healthy ? "healthy" : "unhealthy";

const amount = (list: readonly Amount[], wanted: string): string =>
  list.find(({ name }) => name === wanted)?.value ?? "";

/** What is left of a resource, of how much: `512/2048`. */
export const share = (node: Amounts, name: string): string => {
  const registered = amount(node.registeredResources, name);
  return registered === "" ? "" : `${amount(node.remainingResources, name)}/${registered}`;
};

/** Host and port as a URL writes them. */
export const address = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** The revision that counts: they come newest first. */
export const currentRevision = <R>(node: { readonly revisions: readonly R[] }): R | undefined =>
  node.revisions[0];

export const field = <Node>(title: string, of: Say<Node>): ResourceColumn<Node> => ({
  title,
  value: (node) => of(node) ?? "",
});
export const wordIn = <Node>(title: string, of: Say<Node>): ResourceColumn<Node> => ({
  ...field(title, of),
  tone: toneOfWord,
});
export const idOf = <Node>(title: string, of: Say<Node>): ResourceColumn<Node> => ({
  title,
  id: true,
  value: (node) => arnId(of(node) ?? ""),
});
export const numberIn = <Node>(
  title: string,
  of: (node: Node) => number | null | undefined,
): ResourceColumn<Node> => ({ title, align: "right", value: (node) => count(of(node)) });

/** How long ago; a program gets the time itself, and the youngest is the smallest. */
export const ageOf = <Node>(title: string, timeOf: Say<Node>): ResourceColumn<Node> => ({
  title,
  align: "right",
  value: (node, now) => age(timeOf(node), now),
  raw: (node) => timeOf(node) ?? "",
  order: (node) => -(Date.parse(timeOf(node) ?? "") || 0),
});

/** Only with `-o wide`. */
export const wide = <Node>(column: ResourceColumn<Node>): ResourceColumn<Node> => ({
  ...column,
  wide: true,
});
/** Left out where the table does not fit, the highest first. */
export const drop = <Node>(rank: number, column: ResourceColumn<Node>): ResourceColumn<Node> => ({
  ...column,
  drop: rank,
});

export const cluster: ResourceColumn<InCluster> = { title: "CLUSTER", value: clusterOf };

export const byText = <const Name extends string>(
  flags: string,
  argument: Name,
  description: string,
): FilterOption<Name> => ({ flags, argument, description, kind: "text" });
export const inCluster = byText(
  "--cluster <cluster>",
  "cluster",
  "of this cluster, by name or ARN",
);
