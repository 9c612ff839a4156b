// A Redis in protected mode says so to whoever connects from another machine, and closes: its client hears no more than
// that the connection broke.
import { connect } from "node:net";
import type { Clock } from "../clock.ts";
import type { RedisHost } from "../store/redis-url.ts";
import { within } from "./deadline.ts";
import { fail } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** It speaks at once. Any other server waits to be spoken to. */
const waitMs = 1000;

/** What a server says unasked; empty where it says nothing, or is not there. */
async function firstWords({ host, port }: RedisHost, clock: Clock): Promise<string> {
  const socket = connect(port, host);
  try {
    return await within(
      clock,
      () =>
        new Promise<string>((resolve) => {
          socket.once("data", (words) => resolve(words.toString()));
          socket.once("close", () => resolve(""));
          socket.on("error", () => resolve(""));
        }),
      waitMs,
    ).catch(() => "");
  } finally {
    socket.destroy();
  }
}

/** undefined: that is not what is wrong. */
export async function judgeProtectedMode(
  what: string,
  host: RedisHost | undefined,
  clock: Clock,
): Promise<Finding | undefined> {
  if (!host || !(await firstWords(host, clock)).startsWith("-DENIED")) return undefined;
  return fail(
    what,
    "it is in protected mode: it has no password, and so turns away whoever is not on its own machine",
    "give it one (requirepass, or an ACL user) and write it into REDIS_URL; `protected-mode no` only where nobody else reaches it",
  );
}
