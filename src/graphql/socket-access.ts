// Who may use a socket, and for how long. Shared words and close codes; knows no protocol beyond them.
import type { IncomingMessage } from "node:http";
import type { Clock } from "../clock.ts";
import { isObject, text } from "../ecs/json.ts";
import type { Authentication, Caller } from "./caller.ts";
import type { Refusal } from "./respond.ts";

/** A close frame: the reason is at most 123 bytes. */
export interface Close {
  readonly code: number;
  readonly reason: string;
}

/** Clients that write no header often send the bare token. */
const withScheme = (given: string): string => {
  const value = given.trim();
  return /\s/.test(value) ? value : `Bearer ${value}`;
};

/** The caller of a socket: `authorization` of connection_init's payload, else the header of its upgrade. */
export async function callerOfSocket(
  authentication: Authentication,
  payload: unknown,
  request: IncomingMessage,
): Promise<Caller> {
  const given = isObject(payload)
    ? (text(payload, "authorization") ?? text(payload, "Authorization"))
    : undefined;
  return authentication.authenticate(
    given === undefined ? request.headers.authorization : withScheme(given),
    authentication.addressOf(request),
  );
}

/** How a socket is closed whose connection_init is refused. */
export function closeFor({ code, message }: Refusal): Close {
  // 1013 tells clients to come again by themselves; after 4403 a person has to do something first.
  const number = code === "UNAVAILABLE" || code === "RATE_LIMITED" ? 1013 : 4403;
  return { code: number, reason: cut(`${code}: ${message}`) };
}

/** What fits into a close frame; our words are ASCII, and what they quote is shown so. */
const cut = (reason: string): string => reason.replaceAll(/[^ -~]/g, "?").slice(0, 123);

/** What a socket is told when the JWT that opened it ends. Clients connect again with a new one, and resume. */
const expired: Close = {
  code: 4403,
  reason: "UNAUTHENTICATED: the JWT has expired: connect again with a new one",
};

const timerMaxMs = 2 ** 31 - 1;

/** Calls `close` when the caller's token ends; the returned function takes that back. */
export function closeAtExpiry(
  clock: Clock,
  { expiresAt }: Caller,
  close: (how: Close) => void,
): () => void {
  if (expiresAt === undefined) return () => undefined;
  let cancel = (): void => undefined;
  const wait = (): void => {
    const leftMs = expiresAt - clock.now();
    if (leftMs <= 0) close(expired);
    else cancel = clock.after(Math.min(leftMs, timerMaxMs), wait);
  };
  wait();
  return () => cancel();
}
