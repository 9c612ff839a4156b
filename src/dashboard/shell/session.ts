// The token and the live data that it opens. The token is in this tab's sessionStorage, and nowhere else.
import { computed, signal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { systemClock } from "../../clock.ts";
import { createAsk } from "../ask.ts";
import { startLive } from "../live.ts";
import type { Live } from "../live.ts";

const tokenKey = "longshore.token";

const beforePaint = (callback: () => void) => {
  const frame = requestAnimationFrame(callback);
  return () => cancelAnimationFrame(frame);
};

function connect(token: string | null): Live {
  const authorization = token === null ? undefined : `Bearer ${token}`;
  const { protocol, host } = window.location;
  return startLive({
    url: `${protocol === "https:" ? "wss:" : "ws:"}//${host}/graphql`,
    authorization,
    clock: systemClock,
    random: () => Math.random(),
    ask: createAsk(authorization),
    beforePaint,
  });
}

const token = signal(sessionStorage.getItem(tokenKey));
const current = signal(connect(token.value));

/** The live data in use; another one after each change of the token. */
export const live: ReadonlySignal<Live> = current;
export const hasToken: ReadonlySignal<boolean> = computed(() => token.value !== null);

/** Signs in with a token, or out with null. */
export function changeToken(next: string | null): void {
  if (next === null) sessionStorage.removeItem(tokenKey);
  else sessionStorage.setItem(tokenKey, next);
  current.value.stop();
  token.value = next;
  current.value = connect(next);
}
