// All sessions of this process: one for each socket, whatever its bytes travel on, with the subscriptions that they
// share. Knows no WebSocket and no HTTP.
import type { Duplex } from "node:stream";
import type { Informer } from "../../changes/informer.ts";
import type { Clock } from "../../clock.ts";
import type { Caller } from "../caller.ts";
import { createHub } from "./hub.ts";
import { createOutlets, Outlet } from "./outlet.ts";
import type { BacklogLimits } from "./outlet.ts";
import { Session, tooSlow } from "./session.ts";
import type { SessionOptions } from "./session.ts";

/** One socket, opened. */
export interface Wire {
  /** Takes whole WebSocket frames. */
  readonly stream: Duplex;
  /** Who connects, by what it sent with `connection_init`. */
  authenticate(parameters: unknown): Caller | Promise<Caller>;
  close(code: number, reason: string): void;
}

export interface SessionsOptions extends Omit<SessionOptions, "hub"> {
  readonly informer: Informer;
  /** The time that all processes share, for what subscriptions tell of daemons; `clock` if left out. */
  readonly stateClock?: Clock;
  /** What may wait for slow readers; see outlet.ts for what it is if left out. */
  readonly backlog?: BacklogLimits | undefined;
}

export interface Sessions {
  /** Begins a session, to be ended when its socket is closed: then call {@link Sessions.closed}. */
  open(wire: Wire): Session;
  closed(session: Session): void;
  /** Distinct subscriptions that are followed: identical ones count once. */
  readonly subscriptions: number;
  /** Tells every client to go elsewhere, and follows nothing any more. */
  close(): void;
}

export function createSessions(options: SessionsOptions): Sessions {
  const { schema, informer, clock, stateClock = clock, backlog } = options;
  const hub = createHub(schema, { informer, clock: stateClock });
  const outlets = createOutlets(clock, backlog);
  const sessions = new Set<Session>();
  return {
    open: ({ stream, authenticate, close }) => {
      const outlet = new Outlet(stream, outlets, () =>
        session.close(tooSlow, "Too slow: resume with the last cursor as after"),
      );
      const session = new Session({ outlet, authenticate, close }, { ...options, hub });
      sessions.add(session);
      return session;
    },
    closed: (session) => {
      sessions.delete(session);
      session.end();
    },
    get subscriptions() {
      return hub.size;
    },
    close: () => {
      for (const session of sessions)
        session.close(1001, "Going away: reconnect and resume with the last cursor as after");
      hub.close();
    },
  };
}
