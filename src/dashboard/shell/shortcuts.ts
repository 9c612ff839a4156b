// Keys that work anywhere: `g` and a letter goes to a page, `/` to the filter, `?` shows them all. One key without
// Ctrl or Alt may collide with speech input, so they can be switched off, and that is kept.
import { signal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";

export interface Shortcut {
  /** What to press, keys in order, divided by a space. */
  readonly keys: string;
  readonly does: string;
  readonly run: () => void;
}

const storageKey = "longshore.shortcuts";
const enabled = signal(localStorage.getItem(storageKey) !== "off");
/** Whether single keys do something. */
export const shortcutsOn: ReadonlySignal<boolean> = enabled;

export function switchShortcuts(on: boolean): void {
  localStorage.setItem(storageKey, on ? "on" : "off");
  enabled.value = on;
}

/** How long the second key of a pair is waited for, ms. */
const pairMs = 1500;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Listens until the returned function is called. `shortcuts` is asked at each key, so they may change. */
export function listenForShortcuts(shortcuts: () => readonly Shortcut[]): () => void {
  let first: { key: string; atMs: number } | undefined;
  const listener = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]") || !enabled.value) return;
    const isPair = first !== undefined && event.timeStamp - first.atMs < pairMs;
    const pressed = isPair ? `${first?.key} ${event.key}` : event.key;
    const all = shortcuts();
    const found = all.find(({ keys }) => keys === pressed);
    first =
      !found && all.some(({ keys }) => keys.startsWith(`${event.key} `))
        ? { key: event.key, atMs: event.timeStamp }
        : undefined;
    if (!found) return;
    event.preventDefault();
    found.run();
  };
  document.addEventListener("keydown", listener);
  return () => document.removeEventListener("keydown", listener);
}

/** Puts the focus into the page's filter, if it has one. */
export function focusFilter(): void {
  const field = document.querySelector<HTMLInputElement>("main input[type=search]");
  field?.focus();
  field?.select();
}
