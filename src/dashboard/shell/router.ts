// The present place as a signal, in step with the address. The only place that reads or writes the address.
import { signal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { wantFocus } from "./focus.ts";
import { formatRoute, isSamePage, parseRoute } from "./route.ts";
import type { Route } from "./route.ts";

const current = signal<Route>(parseRoute(window.location.hash));

/** Where the page is. */
export const route: ReadonlySignal<Route> = current;

window.addEventListener("hashchange", () => {
  const next = parseRoute(window.location.hash);
  // Before the page is drawn: its title looks whether it is to have the focus when it appears.
  if (!isSamePage(current.peek(), next)) wantFocus();
  current.value = next;
});

/** Goes to another place; Back returns here. */
export function navigate(hash: string): void {
  window.location.hash = hash;
}

/** Changes how the present page is shown, without a step for Back. A member that is undefined or empty goes. */
export function changeQuery(change: Readonly<Record<string, string | undefined>>): void {
  const { path, query } = current.peek();
  const hash = formatRoute(path, { ...query, ...change });
  window.history.replaceState(null, "", hash);
  current.value = parseRoute(hash);
}
