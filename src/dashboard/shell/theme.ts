// Dark or light: the system's wish until somebody chooses, then that choice, kept in this browser.
import { signal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";

export type Theme = "dark" | "light";

const key = "longshore.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

const stored = (): Theme | undefined => {
  const text = localStorage.getItem(key);
  return text === "dark" || text === "light" ? text : undefined;
};

const shown = signal<Theme>(stored() ?? (dark.matches ? "dark" : "light"));
/** What is shown now. */
export const theme: ReadonlySignal<Theme> = shown;

function show(next: Theme): void {
  document.documentElement.dataset["theme"] = next;
  shown.value = next;
}

dark.addEventListener("change", ({ matches }) => {
  if (stored() === undefined) show(matches ? "dark" : "light");
});
show(shown.value);

/** Shows the other one, and keeps to it. */
export function toggleTheme(): void {
  const next = shown.value === "dark" ? "light" : "dark";
  localStorage.setItem(key, next);
  show(next);
}
