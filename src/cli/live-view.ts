// Draws a screen again whenever what it shows has changed, or a second has passed; never more often than it has time
// for. Owns the loop, the connection's line and the keys that end it; decides no content.
import type { Clock } from "../clock.ts";
import type { ClientFailure } from "./failure.ts";
import { openScreen } from "./screen.ts";
import type { Screen, Size } from "./screen.ts";
import type { Paint } from "./style.ts";
import { cutTo } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export interface LiveView {
  /** Lines for a screen of this size. */
  readonly frame: (size: Size) => readonly string[];
  /** A key that was pressed, but for those that end the view. */
  readonly onKey?: (key: string) => void;
  /** Whether `q` is a letter now and does not end the view. */
  readonly takesText?: () => boolean;
}

const looksEveryMs = 50;
/** What changes with time alone, ages for one. */
const atLeastEveryMs = 1000;
/** Drawing takes a fifth of the time at most, however long a list is. */
const restFactor = 4;

/** The connection, for a line on the screen. Sockets that are down are tried again by who opened them. */
export class Connection {
  #down: ClientFailure | undefined;
  #hasBeenUp = false;

  down(failure: ClientFailure): void {
    this.#down = failure;
  }

  up(): void {
    this.#down = undefined;
    this.#hasBeenUp = true;
  }

  line(paint: Paint, columns: number): string {
    if (!this.#down) return this.#hasBeenUp ? paint("good", "live") : "connecting ...";
    return paint("bad", cutTo(`not live, trying again: ${this.#down.message}`, columns));
  }
}

/** The loop of one view; `changed` says that there is something new. */
export class LiveLoop {
  #isDirty = true;
  readonly #terminal: Terminal;
  readonly #clock: Clock;

  constructor(terminal: Terminal, clock: Clock) {
    this.#terminal = terminal;
    this.#clock = clock;
  }

  readonly changed = (): void => {
    this.#isDirty = true;
  };

  /**
   * Shows the view until the user ends it or `signal` aborts, and gives the terminal back. Rejects with what `work`
   * rejects with; `work` is what keeps the view up to date.
   */
  async run(view: LiveView, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const quit = new AbortController();
    const signal = AbortSignal.any([quit.signal, this.#terminal.interrupted]);
    const screen = openScreen({
      onKey: (key) => {
        const ends = key === "ctrl+c" || (key === "q" && view.takesText?.() !== true);
        if (ends) quit.abort();
        else view.onKey?.(key);
        this.changed();
      },
      onResize: this.changed,
    });
    let failure: unknown;
    const working = work(signal).catch((error: unknown) => {
      failure = error;
      quit.abort();
    });
    try {
      await this.#draw(screen, view, signal);
    } finally {
      quit.abort();
      screen.close();
    }
    await working;
    if (failure !== undefined) throw failure;
  }

  async #draw(screen: Screen, view: LiveView, signal: AbortSignal): Promise<void> {
    const clock = this.#clock;
    let drawnAt = -Infinity;
    let restUntil = 0;
    while (!signal.aborted) {
      const at = clock.monotonic();
      if ((this.#isDirty || at - drawnAt >= atLeastEveryMs) && at >= restUntil) {
        this.#isDirty = false;
        screen.draw(view.frame(screen.size()));
        drawnAt = at;
        const end = clock.monotonic();
        restUntil = end + (end - at) * restFactor;
      }
      await clock.sleep(looksEveryMs, signal);
    }
  }
}
