// Calls the service scheduler: whoever changes a task of a service says so here, and the scheduler looks a little later.
import { duration } from "./world.ts";
import type { Service, World } from "./world.ts";

/** Has the scheduler look at the service after the time that ECS takes to react. */
export function wakeService(
  world: World,
  now: number,
  service: Service | undefined,
  range: readonly [number, number] = world.timings.replace,
): void {
  if (!service || service.reconciling) return;
  service.reconciling = true;
  world.due.add(now + duration(world, range), { kind: "service", service });
}
