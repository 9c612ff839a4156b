// What `longshore/testing` exports: fleets and worlds to test programs against, without AWS.
import "./node-20.ts";
export { fleet } from "./fleet.ts";
export type { Arn, Fleet, FleetOptions } from "./fleet.ts";
export type { Faults } from "../simulator/faults.ts";
export { world } from "./world.ts";
export type {
  Program,
  RunningProgram,
  WorldBreach,
  WorldEnd,
  WorldFaultAmounts,
  WorldKit,
  WorldOptions,
  WorldTaskDefinition,
} from "./world.ts";
export type { WorldChecks } from "./world-checks.ts";
export type { WorldInstance, WorldTask, WorldView } from "./world-view.ts";
export type { Clock } from "../clock.ts";
export type { Random } from "../random.ts";
