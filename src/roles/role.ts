// What every role of `longshore serve` is made of.
import type { Config } from "../config.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";
import type { Registry } from "prom-client";

export interface RoleOptions {
  readonly config: Config;
  /** Where Redis is, configured or the private one, and whose it should be. */
  readonly redis: { readonly url: string; readonly deployment: string | undefined };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A running role. `stop` drains and resolves when nothing of it is left. */
export interface Role {
  stop(): Promise<void>;
  /** What it tells of itself where LONGSHORE_METRICS_PORT is set; the API tells all by itself. */
  readonly self?: SelfReport;
}

export interface SelfReport {
  /** Adds what the role counts. */
  count(registry: Registry): void;
  /** Rejects when the role cannot do its work. */
  ping(): Promise<void>;
}

export const roleNames = ["ingest", "api", "scheduler"] as const;
export type RoleName = (typeof roleNames)[number];
