// What `longshore/scheduler` exports. Adding is a minor version, taking away or changing is a major one.
export { openKit } from "./open-kit.ts";
export type { KitOptions } from "./open-kit.ts";
export type { EcsDoor, Kit } from "./kit.ts";
export { controller, watching } from "./controller.ts";
export type {
  Controller,
  ControllerOptions,
  KeysOf,
  Plan,
  Watch,
  Watchable,
} from "./controller.ts";
export { holdLease } from "./lease.ts";
export type { Lease, LeaseOptions } from "./lease.ts";
export { createLauncher } from "./launcher.ts";
export type { Launcher, PendingStart, StartOutcome, StartRequest } from "./launcher.ts";
export type { Marked } from "./mark.ts";
export { Deposed } from "../scheduler/protocol.ts";
