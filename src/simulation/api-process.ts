// The api role in a world: informer, documents, resolvers and sessions of production, over sockets in memory. Without
// HTTP, tokens and pages: a client opens a socket and speaks graphql-transport-ws.
import { openInformer } from "../changes/informer.ts";
import type { Clock } from "../clock.ts";
import type { Informer } from "../changes/informer.ts";
import { noClientLimits } from "../graphql/client-limits.ts";
import { OperationContext } from "../graphql/context.ts";
import { createDocuments } from "../graphql/documents.ts";
import type { Documents } from "../graphql/documents.ts";
import { createSessions } from "../graphql/live/sessions.ts";
import { createSchema } from "../graphql/schema.ts";
import type { Log } from "../log.ts";
import type { Random } from "../random.ts";
import { createRedisClock } from "../store/redis-clock.ts";
import type { StateStore } from "../store/store.ts";
import { MemorySocket } from "./memory-socket.ts";
import type { ClientEnd } from "./memory-socket.ts";

/** A connection as its client has it. */
export interface ClientSocket {
  send(text: string): void;
  /** Whether the client reads nothing for now. */
  stall(isStalled: boolean): void;
  /** The client goes, and hears nothing any more. */
  close(): void;
}

/** Who can be connected to. */
export interface ApiEndpoint {
  readonly name: string;
  /** A process that is dead by the time that the client arrives closes with 1006. */
  connect(client: ClientEnd): ClientSocket;
}

export interface SimulatedApi extends ApiEndpoint {
  readonly informer: Informer;
  /** Distinct subscriptions, sockets, and the clients that have these. */
  readonly size: {
    readonly subscriptions: number;
    readonly sockets: number;
    readonly clients: number;
  };
  /** Ends it in order, as by SIGTERM. */
  stop(): Promise<void>;
  /** The process was killed: its clients find out. */
  killed(): void;
}

export interface ApiDoors {
  /** The world's. */
  readonly time: { readonly now: number; at(time: number, run: () => void): unknown };
  readonly process: {
    readonly name: string;
    readonly clock: Clock;
    readonly state: "running" | "paused" | "dead";
    /** Calls back in the process, unless it is dead by then. */
    arrive(at: number, kind: "message", run: () => void): unknown;
  };
  /** For the ways of messages. */
  readonly random: Random;
  readonly log: Log;
  /** Closed with the api. */
  readonly openStore: (clock: Clock) => StateStore;
}

/** Smaller than in production: worlds are small, and readers that are too slow are to be met. */
const backlog = { total: 128 * 1024, least: 8 * 1024, most: 64 * 1024 };
/** After this a socket ends that does not take its close frame. */
const closeTimeoutMs = 10_000;

/** The documents of all worlds of this process: they depend on nothing but the schema. */
let shared: { schema: ReturnType<typeof createSchema>; documents: Documents } | undefined;

function sharedDocuments() {
  if (!shared) {
    const schema = createSchema();
    shared = { schema, documents: createDocuments(schema) };
  }
  return shared;
}

export function startSimulatedApi(doors: ApiDoors): SimulatedApi {
  const { time, process, random, log } = doors;
  const { clock, name } = process;
  const stateClock = createRedisClock(clock);
  const store = doors.openStore(stateClock);
  const stop = new AbortController();
  void stateClock.follow(store.time, stop.signal);
  const { schema, documents } = sharedDocuments();
  const informer = openInformer({ store, clock, log });
  const work = { informer, store, clock: stateClock, limits: noClientLimits };
  const caller = {
    rights: "admin",
    client: "user",
    expiresAt: undefined,
    refusal: undefined,
  } as const;
  const sessions = createSessions({
    schema,
    documents,
    informer,
    clock,
    stateClock,
    log,
    backlog,
    contextOf: (who) => new OperationContext(who, work),
    observe: () => {},
  });
  const sockets = new Set<MemorySocket>();
  const clients = new Set<MemorySocket>();
  const latencyMs = () => 1 + 19 * random.next() ** 3;

  function open(socket: MemorySocket) {
    sockets.add(socket);
    let cancelTimeout = () => {};
    const session = sessions.open({
      stream: socket,
      authenticate: () => caller,
      close: (code, reason) => {
        socket.sayClose(code, reason);
        cancelTimeout = clock.after(closeTimeoutMs, () => socket.destroy());
      },
    });
    socket.once("close", () => {
      cancelTimeout();
      sockets.delete(socket);
      sessions.closed(session);
    });
    return session;
  }

  return {
    name,
    informer,
    get size() {
      const { subscriptions } = sessions;
      return { subscriptions, sockets: sockets.size, clients: clients.size };
    },
    connect: (client) => {
      // Both ways are in order: nothing overtakes what was sent before.
      let [there, back] = [time.now, time.now];
      const later = (last: number) => Math.max(last, time.now + latencyMs());
      const ends: ClientEnd = {
        onText: (text) => client.onText(text),
        onClose: (code, reason) => {
          clients.delete(socket);
          // What it does not answer is closed for the server as well.
          arrive(() => socket.destroy());
          client.onClose(code, reason);
        },
      };
      const socket = new MemorySocket(ends, {
        toClient: (arrive) => {
          back = later(back);
          time.at(back, arrive);
        },
      });
      const arrive = (act: () => void) => {
        there = later(there);
        process.arrive(there, "message", act);
      };
      clients.add(socket);
      let session: ReturnType<typeof open> | undefined;
      if (process.state === "dead") time.at(later(there), () => socket.lose());
      else
        arrive(() => {
          session = open(socket);
        });
      socket.once("close", () => time.at(later(back), () => socket.lose()));
      return {
        send: (text) => arrive(() => session?.receive(text)),
        stall: (isStalled) => socket.stall(isStalled),
        close: () => {
          clients.delete(socket);
          socket.leave();
          arrive(() => socket.destroy());
        },
      };
    },
    stop: async () => {
      stop.abort();
      sessions.close();
      await informer.close();
      await store.close();
      for (const socket of sockets) socket.destroy();
    },
    killed: () => {
      for (const socket of sockets) time.at(time.now + latencyMs(), () => socket.lose());
      sockets.clear();
    },
  };
}
