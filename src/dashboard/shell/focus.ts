// Where the focus goes when another page is gone to: to its title, once that is there, which may take an answer of the
// server. Until then somebody may have put it elsewhere, and there it stays.

let isWanted = false;

/** The next title that appears is to have the focus. */
export function wantFocus(): void {
  isWanted = true;
  // What had it goes with its page. A link of the navigation stays, and would keep it.
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

/** For a title that has appeared. */
export function takeFocus(title: HTMLElement | null): void {
  if (!isWanted || !title) return;
  isWanted = false;
  title.closest("main")?.scrollTo(0, 0);
  if (document.activeElement === document.body) title.focus();
}

/** To the title of the page that is there. */
export function focusTitle(): void {
  document.querySelector<HTMLElement>("#page-title")?.focus();
}
