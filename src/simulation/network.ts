// The way between processes and servers: a request travels, the server executes it at one instant, the answer travels.
// On the way it may be late, lost or refused. Says what happened to it; knows nothing of what is asked.
import type { Random } from "../random.ts";
import type { Tell } from "./facts.ts";
import type { SimulatedProcess } from "./processes.ts";
import type { VirtualTime } from "./virtual-time.ts";

export type ServerName = "redis" | "ecs" | "sqs" | "ec2" | "autoscaling";

/** Shares (0 to 1) of the requests to one server that something happens to. */
export interface NetworkFaults {
  /** Nobody takes the connection: surely not executed. */
  readonly refused: number;
  /** Lost on the way there: not executed, which the caller cannot know. */
  readonly lostRequest: number;
  /** Executed, and the answer lost. */
  readonly lostReply: number;
  /** Takes up to `slowMs` longer, there or back. */
  readonly slow: number;
  readonly slowMs: number;
}

export const calmNetwork: NetworkFaults = {
  refused: 0,
  lostRequest: 0,
  lostReply: 0,
  slow: 0,
  slowMs: 0,
};

/** What the server says: an answer, or an error of its own. */
export type Reply<Answer> = { readonly value: Answer } | { readonly error: Error };

export interface NetworkCall<Answer> {
  readonly process: SimulatedProcess;
  readonly server: ServerName;
  /** For the story. */
  readonly operation: string;
  /** The caller gives up after this, ms of its own clock. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Asked in the process when the bytes are about to leave: throws to keep them. */
  readonly lastLook?: (() => void) | undefined;
  readonly onSent?: (() => void) | undefined;
  /**
   * Executes at the server and answers, now or later. The returned function tells the server that nobody waits any more,
   * as far as it can know.
   */
  readonly execute: (answer: (reply: Reply<Answer>) => void) => (() => void) | undefined;
}

export interface Network {
  /** Rejects with a {@link NetworkError}, with what the server said, or with the reason of `signal`. */
  call<Answer>(call: NetworkCall<Answer>): Promise<Answer>;
  /** How long one way takes, ms; now and then longer than usual, for what it is needed for. */
  wayMs(server: ServerName, target: string): number;
  /** For so long nothing passes between them in either direction, and nobody is told. */
  cutOff(process: SimulatedProcess, server: ServerName, forMs: number): void;
  /** Until when nothing passes; undefined when everything does. */
  cutUntil(process: SimulatedProcess, server: ServerName): number | undefined;
  /** Everything passes from now on. */
  mend(): void;
  faults: (server: ServerName) => NetworkFaults;
}

/** As Node.js and the AWS SDK name them. */
export class NetworkError extends Error {
  readonly code: string | undefined;
  constructor(name: "TimeoutError" | "Error", message: string, code?: string) {
    super(message);
    this.name = name;
    this.code = code;
  }
}

const typicalMs: Readonly<Record<ServerName, readonly [number, number]>> = {
  redis: [0.2, 1],
  ecs: [15, 60],
  sqs: [5, 20],
  ec2: [20, 80],
  autoscaling: [20, 80],
};
/** Share of the requests that open a connection first. */
const freshConnections = 0.1;

const refused = () => new NetworkError("Error", "connect ECONNREFUSED", "ECONNREFUSED");
const reset = () => new NetworkError("Error", "socket hang up", "ECONNRESET");
const silent = (ms: number) => new NetworkError("TimeoutError", `no answer within ${ms} ms`);

export function createNetwork(time: VirtualTime, random: Random, tell: Tell): Network {
  const cuts = new Map<string, number>();
  const latencyMs = (server: ServerName): number => {
    const [least, most] = typicalMs[server];
    return least + (most - least) * random.next() ** 3;
  };
  /** One way, which may be a slow one. */
  const wayMs = (server: ServerName, target: string): number => {
    const { slow, slowMs } = network.faults(server);
    const usualMs = latencyMs(server);
    if (slow <= 0 || !random.chance(slow)) return usualMs;
    const ms = usualMs + random.next() * slowMs;
    tell({ kind: "fault", fault: "slow", target, detail: `${Math.round(ms)} ms` });
    return ms;
  };
  const cutUntil = (process: SimulatedProcess, server: ServerName) => {
    const until = cuts.get(`${process.name} ${server}`);
    return until !== undefined && until > time.now ? until : undefined;
  };

  function call<Answer>(asked: NetworkCall<Answer>): Promise<Answer> {
    const { process, server, operation, timeoutMs, signal } = asked;
    const { refused: refusal, lostRequest, lostReply } = network.faults(server);
    const happened = (fault: string, detail?: string) =>
      tell({ kind: "fault", fault, target: `${process.name} ${operation}`, detail });
    return new Promise((resolve, reject) => {
      let isOver = false;
      let withdraw: (() => void) | undefined;
      const end = (settle: () => void) => {
        if (isOver) return;
        isOver = true;
        cancelTimeout();
        signal?.removeEventListener("abort", onAbort);
        withdraw?.();
        settle();
      };
      const onAbort = () => end(() => reject(signal?.reason));
      const cancelTimeout = process.clock.after(timeoutMs, () =>
        end(() => reject(silent(timeoutMs))),
      );
      if (signal?.aborted) return onAbort();
      signal?.addEventListener("abort", onAbort, { once: true });
      const fail = (error: Error, inMs: number) =>
        process.arrive(time.now + inMs, "message", () => end(() => reject(error)));

      const answer = (reply: Reply<Answer>) => {
        withdraw = undefined;
        if (random.chance(lostReply)) {
          happened("lostReply");
          // Half of the time somebody says so.
          if (random.chance(0.5)) fail(reset(), latencyMs(server));
          return;
        }
        if (cutUntil(process, server) !== undefined) return happened("lostReply", "cut off");
        process.arrive(time.now + wayMs(server, `${operation} to ${process.name}`), "message", () =>
          end(() => ("error" in reply ? reject(reply.error) : resolve(reply.value))),
        );
      };

      const leave = () => {
        if (isOver) return;
        try {
          asked.lastLook?.();
        } catch (error) {
          return end(() => reject(error));
        }
        asked.onSent?.();
        if (cutUntil(process, server) !== undefined) return happened("lostRequest", "cut off");
        if (random.chance(refusal)) {
          happened("refused");
          return void fail(refused(), latencyMs(server));
        }
        if (random.chance(lostRequest)) {
          happened("lostRequest");
          if (random.chance(0.5)) fail(reset(), latencyMs(server));
          return;
        }
        const thereMs = wayMs(server, `${operation} of ${process.name}`);
        // What has left arrives, whatever becomes of who sent it.
        time.at(time.now + thereMs, () => {
          withdraw = asked.execute(answer);
        });
      };
      if (random.chance(freshConnections))
        process.arrive(time.now + 2 * latencyMs(server), "message", leave);
      else leave();
    });
  }

  const network: Network = {
    call,
    wayMs,
    cutUntil,
    mend: () => cuts.clear(),
    cutOff: (process, server, forMs) => {
      cuts.set(`${process.name} ${server}`, time.now + forMs);
    },
    faults: () => calmNetwork,
  };
  return network;
}
