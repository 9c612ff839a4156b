// The simulator as a server: one port for ECS, SQS, EC2, STS and its own controls. Owns the socket and the one timer.
import type { Clock } from "../clock.ts";
import type { Timings, World } from "./world.ts";

export interface SimulatorOptions {
  /** 0 (default): any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** The same seed makes the same fleet. Default 1. */
  readonly seed?: number | string;
  /** The named demo fleet (harbor-prod and two more) instead of clusters/instances/tasks. */
  readonly demo?: boolean;
  /** ECS clusters at start; default 1, 0 for none. */
  readonly clusters?: number;
  /** Container instances over all clusters; default 0. */
  readonly instances?: number;
  /** Tasks, all RUNNING in services, over all clusters; default 0. */
  readonly tasks?: number;
  /** Service tasks that die and are replaced, a second; default 0. */
  readonly churn?: number;
  readonly region?: string;
  readonly account?: string;
  /** Durations of the lifecycle; `timeScale` 0.05 makes tests quick. */
  readonly timings?: Partial<Timings>;
  /** Multiplies ECS's own request rates; 0 switches throttling off. Default 1. */
  readonly throttleScale?: number;
  readonly clock?: Clock;
}

export interface Simulator {
  /** `http://127.0.0.1:PORT`: the endpoint for every AWS client. */
  readonly url: string;
  readonly port: number;
  /** URL of the queue `longshore`, where every ECS event goes. */
  readonly queueUrl: string;
  readonly world: World;
  /** Closes the port, every connection and the timer. */
  close(): Promise<void>;
}

/** Starts a simulator; resolves once it listens. */
export async function startSimulator(_options: SimulatorOptions = {}): Promise<Simulator> {
  throw new Error("The simulator is not written yet");
}
