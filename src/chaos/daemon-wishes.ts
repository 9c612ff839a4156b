// What a person asked of one daemon and was promised: the definitions that it may have by now, when some answers were
// lost. A crash of Redis changes nothing of it: what was acknowledged is kept. Pure.

/** A daemon as its owner knows it. `contents` are those of its revisions, newest last. */
export interface Wish {
  readonly exists: boolean;
  readonly paused: boolean;
  readonly contents: readonly string[];
}

export type Effect = (wish: Wish) => Wish;

const none: Wish = { exists: false, paused: false, contents: [] };

export const effects = {
  register:
    (content: string): Effect =>
    (wish) =>
      wish.exists ? wish : { exists: true, paused: false, contents: [content] },
  update:
    (content: string): Effect =>
    (wish) =>
      wish.exists && wish.contents.at(-1) !== content
        ? { ...wish, contents: [...wish.contents, content] }
        : wish,
  rollback: (): Effect => (wish) => {
    const before = wish.contents.at(-2);
    return wish.exists && before !== undefined
      ? { ...wish, contents: [...wish.contents, before] }
      : wish;
  },
  pause: (): Effect => (wish) => (wish.exists ? { ...wish, paused: true } : wish),
  resume: (): Effect => (wish) => (wish.exists ? { ...wish, paused: false } : wish),
  deregister: (): Effect => () => none,
} as const;

export class DaemonWishes {
  #possible: readonly Wish[] = [none];

  get possible(): readonly Wish[] {
    return this.#possible;
  }

  /** The API said that it is done. */
  acknowledged(effect: Effect): void {
    this.#set(this.#possible.map(effect));
  }

  /** No answer came: it is done or not. */
  unknown(effect: Effect): void {
    this.#set([...this.#possible, ...this.#possible.map(effect)]);
  }

  /** What is true now, by the API. Returns what is wrong with it; from then on it is what is known. */
  observed(now: Wish): string | undefined {
    const fits = this.#possible.filter(
      (wish) =>
        wish.exists === now.exists &&
        wish.paused === now.paused &&
        wish.contents.at(-1) === now.contents.at(-1),
    );
    const wanted = this.#possible.map(describe).join(" or ");
    if (fits.length === 0) return `is ${describe(now)}, and should be ${wanted}`;
    this.#set(fits);
    return undefined;
  }

  #set(wishes: readonly Wish[]): void {
    const byText = new Map(wishes.map((wish) => [JSON.stringify(wish), wish]));
    this.#possible = [...byText.values()];
  }
}

function describe({ exists, paused, contents }: Wish): string {
  return exists ? `${paused ? "paused " : ""}${contents.at(-1)}` : "absent";
}
