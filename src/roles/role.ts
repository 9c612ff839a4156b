// What every role of `longshore serve` is made of.
import type { Config } from "../config.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";

export interface RoleOptions {
  readonly config: Config;
  /** Where Redis is: configured, or the private one. */
  readonly redisUrl: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A running role. `stop` drains and resolves when nothing of it is left. */
export interface Role {
  stop(): Promise<void>;
}

export const roleNames = ["ingest", "api", "scheduler"] as const;
export type RoleName = (typeof roleNames)[number];
