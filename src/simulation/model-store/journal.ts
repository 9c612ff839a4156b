// What was written last, so that it can be undone: a Redis that syncs its file every second loses up to a second when
// its machine dies. Knows times and undoing, and nothing of what is undone.

interface Step {
  readonly at: number;
  readonly undo: () => void;
}

/** Longest loss that can be undone, ms. */
export const longestLossMs = 2000;

export class Journal {
  readonly #now: () => number;
  #steps: Step[] = [];
  #prunedAt = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Notes how to take back what was just done. */
  did(undo: () => void): void {
    const at = this.#now();
    if (at - this.#prunedAt > longestLossMs) this.#prune(at);
    this.#steps.push({ at, undo });
  }

  /** Takes back everything that was done after `since`, the last first. What one script did goes as a whole. */
  undoSince(since: number): void {
    while ((this.#steps.at(-1)?.at ?? 0) > since) this.#steps.pop()?.undo();
  }

  /** What was done by now is not taken back any more. */
  keep(): void {
    this.#steps = [];
  }

  #prune(now: number): void {
    this.#prunedAt = now;
    this.#steps = this.#steps.filter(({ at }) => now - at <= longestLossMs);
  }
}
