// What `longshore/testing` exports: a fleet to test programs against, without AWS.
export { fleet } from "./fleet.ts";
export type { Arn, Fleet, FleetOptions } from "./fleet.ts";
export type { Faults } from "../simulator/faults.ts";
