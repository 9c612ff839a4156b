// The five kinds of things that are listed and followed: what each is called in the API, and what tells one from another.
import { everything } from "./generated/tables.ts";
import type {
  Cluster,
  ContainerInstance,
  ContainerInstanceFilter,
  Daemon,
  Endpoint,
  EndpointFilter,
  Task,
  TaskFilter,
} from "./generated/schema.ts";
import type { AnySelection } from "./select.ts";
import type { Fields } from "./errors.ts";

/** What each kind holds, by the name of its list. */
export interface Kinds {
  readonly clusters: Cluster;
  readonly containerInstances: ContainerInstance;
  readonly tasks: Task;
  readonly endpoints: Endpoint;
  readonly daemons: Daemon;
}
export type Kind = keyof Kinds;

/** What restricts each kind: members that are given must all hold. */
export interface Filters {
  readonly clusters: Readonly<Record<string, never>>;
  readonly containerInstances: ContainerInstanceFilter;
  readonly tasks: TaskFilter;
  readonly endpoints: EndpointFilter;
  /** Cluster by name or ARN, and the name of one daemon. */
  readonly daemons: { readonly cluster?: string; readonly name?: string };
}

/** What is asked for of a kind unless told otherwise. */
export type Everything = typeof everything;

const byArn = { arn: true } as const;
const byId = { id: true } as const;
const byName = { cluster: { arn: true }, name: true } as const;

/** What is asked for in any case, because it tells one from another. */
export interface KeySelections {
  readonly clusters: typeof byArn;
  readonly containerInstances: typeof byArn;
  readonly tasks: typeof byArn;
  readonly endpoints: typeof byId;
  readonly daemons: typeof byName;
}

export interface KindNames {
  /** Field of Subscription. */
  readonly subscription: string;
  /** Field of a change. */
  readonly entity: string;
  /** GraphQL type of the argument `filter`; without it the filter's members are arguments themselves, all String. */
  readonly filterType?: string;
  /** Members of the filter that lists do not take. */
  readonly onlyFollowed: readonly string[];
  readonly keySelection: AnySelection;
  readonly key: (entity: Fields) => string;
}

const arnOf = ({ arn }: Fields) => String(arn);

export const kinds: Readonly<Record<Kind, KindNames>> = {
  clusters: {
    subscription: "clusterChanges",
    entity: "cluster",
    onlyFollowed: [],
    keySelection: byArn,
    key: arnOf,
  },
  containerInstances: {
    subscription: "containerInstanceChanges",
    entity: "containerInstance",
    filterType: "ContainerInstanceFilter",
    onlyFollowed: [],
    keySelection: byArn,
    key: arnOf,
  },
  tasks: {
    subscription: "taskChanges",
    entity: "task",
    filterType: "TaskFilter",
    onlyFollowed: [],
    keySelection: byArn,
    key: arnOf,
  },
  endpoints: {
    subscription: "endpointChanges",
    entity: "endpoint",
    filterType: "EndpointFilter",
    onlyFollowed: [],
    keySelection: byId,
    key: ({ id }) => String(id),
  },
  daemons: {
    subscription: "daemonChanges",
    entity: "daemon",
    onlyFollowed: ["name"],
    keySelection: byName,
    key: ({ cluster, name }) => `${arnOf({ ...(cluster as Fields) })}/${String(name)}`,
  },
};

export const selectionOf = (kind: Kind, select: AnySelection | undefined): AnySelection =>
  select ?? everything[kind];

interface FilterArguments {
  readonly declare: readonly string[];
  readonly pass: readonly string[];
  readonly variables: Fields;
}

/** The filter of a kind as arguments of an operation. */
export function filterArguments(kind: Kind, filter: Fields): FilterArguments {
  const { filterType } = kinds[kind];
  if (filterType !== undefined)
    return {
      declare: [`$filter: ${filterType}`],
      pass: ["filter: $filter"],
      variables: { filter },
    };
  const names = Object.keys(filter);
  return {
    declare: names.map((name) => `$${name}: String`),
    pass: names.map((name) => `${name}: $${name}`),
    variables: filter,
  };
}
