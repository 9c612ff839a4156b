// Bounds how many messages one socket may send, pings included: a flood costs us more than its sender. Knows no protocol.
import type { WebSocket } from "ws";
import type { Clock } from "../clock.ts";

/** Messages that may come at once: every subscription that a socket can have, many times over. */
const burst = 5000;
const perSecond = 500;
/** The close code of graphql-transport-ws for too many requests; its clients do not come back by themselves. */
const tooMany = 4429;
/** Time for the close to be read. Nothing more of the flood is. */
const lingerMs = 1000;

/** Closes a socket that sends more than it may; `onFlood` is told, once. */
export function endFloods(socket: WebSocket, clock: Clock, onFlood: () => void): void {
  let left = burst;
  let at = clock.monotonic();
  let isFlood = false;
  const count = (): void => {
    if (--left > 0 || isFlood) return;
    const now = clock.monotonic();
    left = Math.min(burst, Math.floor(((now - at) * perSecond) / 1000));
    at = now;
    if (left > 0) return;
    isFlood = true;
    onFlood();
    socket.close(tooMany, "RATE_LIMITED: too many messages");
    socket.pause();
    socket.once(
      "close",
      clock.after(lingerMs, () => socket.terminate()),
    );
  };
  for (const event of ["message", "ping", "pong"] as const) socket.on(event, count);
}
