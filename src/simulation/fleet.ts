// The fleet of a world as it is before anything goes wrong: clusters, container instances, services with their tasks,
// and the task definitions that daemons are made of.
import { seededRandom } from "../random.ts";
import { define, defineDaemons, hourMs } from "../simulator/fleet.ts";
import type { DefinitionPlan } from "../simulator/fleet.ts";
import { placeInstance } from "../simulator/instance-lifecycle.ts";
import { machineTypes } from "../simulator/machine-types.ts";
import { addService, placeServiceTask } from "../simulator/services.ts";
import { behaviourLabels } from "../simulator/task-definition.ts";
import { placeRunningTask } from "../simulator/task-lifecycle.ts";
import { createCluster, createWorld } from "../simulator/world.ts";
import type { World } from "../simulator/world.ts";
import type { DrawnWorld } from "./draw.ts";

const clusterNames = ["harbor", "quay"] as const;
/** Values of the attribute `tier`, which selectors of daemons look at. */
export const tiers = ["front", "back"] as const;

const small = { networkMode: "bridge", cpu: 32, memory: 64 } as const;
/** Beside those of {@link defineDaemons}: further revisions, and one that no machine but the largest has room for. */
const daemonPlans: readonly DefinitionPlan[] = [
  { ...small, family: "log-router", ports: [24_224], image: "log-router:2" },
  { ...small, family: "log-router", ports: [24_224], image: "log-router:3" },
  { ...small, family: "node-exporter", networkMode: "host", ports: [9100], image: "exporter:2" },
  { ...small, family: "large", memory: 15_000 },
  {
    ...small,
    family: "save-volume",
    labels: { [behaviourLabels.exitAfterMs]: "9000", [behaviourLabels.exitCode]: "0" },
  },
];
const servicePlans: readonly DefinitionPlan[] = [
  { family: "web", networkMode: "bridge", cpu: 64, memory: 256, ports: [8080] },
  { family: "ledger", networkMode: "awsvpc", cpu: 64, memory: 256, ports: [7070] },
];

/** Every revision that a daemon may have, as `family:revision`. */
export const daemonDefinitions = [
  "log-router:1",
  "log-router:2",
  "log-router:3",
  "node-exporter:1",
  "node-exporter:2",
  "large:1",
  "crash-loop:1",
] as const;
/** Those whose tasks end by themselves, with success. */
export const onceDefinitions = ["save-volume:1", "save-volume:2"] as const;

/** `more`: task definitions beside those of every world. */
export function buildFleet(
  { seed, clusters, retentionHours }: DrawnWorld,
  now: number,
  more: readonly DefinitionPlan[] = [],
): World {
  const random = seededRandom(`fleet ${seed}`);
  const longAgo = now - 40 * 24 * hourMs;
  const world = createWorld({
    seed: `fleet ${seed}`,
    timings: { retention: Math.min(1, retentionHours) * hourMs },
  });
  defineDaemons(world, longAgo);
  for (const plan of [...daemonPlans, ...more]) define(world, longAgo, plan);
  const definitions = servicePlans.map((plan) => define(world, longAgo, plan));
  for (const [index, instances] of clusters.entries()) {
    const cluster = createCluster(world, clusterNames[index] ?? `cluster-${index}`);
    for (let each = 0; each < instances; each++)
      placeInstance(world, now - random.int(1, 500) * hourMs, {
        cluster,
        type: random.pick(machineTypes),
        capacityProviderName: `${cluster.name}-asg`,
        attributes: new Map([["tier", random.pick(tiers)]]),
      });
    for (const definition of definitions) {
      const desiredCount = random.int(0, instances);
      const { family: name } = definition;
      const service = addService(world, longAgo, {
        cluster,
        name,
        definition,
        desiredCount,
        launchType: "EC2",
      });
      for (let task = 0; task < desiredCount; task++) {
        const place = placeServiceTask(service);
        if (!("instance" in place)) break;
        placeRunningTask(world, now - random.int(1, 500) * hourMs, {
          cluster,
          definition,
          instance: place.instance,
          service,
          group: `service:${name}`,
          startedBy: service.deployments[0]?.id,
        });
      }
    }
  }
  return world;
}
