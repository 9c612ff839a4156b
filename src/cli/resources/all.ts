// The kinds of things that the commands know, by the name that people type.
import { clusters } from "./clusters.ts";
import { daemons } from "./daemons.ts";
import { endpoints } from "./endpoints.ts";
import { instances } from "./instances.ts";
import type { Resource } from "./resource.ts";
import { tasks } from "./tasks.ts";

export const resources = {
  clusters,
  instances,
  tasks,
  daemons,
  endpoints,
} as const satisfies Record<string, Resource>;

export const allResources: readonly Resource[] = Object.values(resources);
