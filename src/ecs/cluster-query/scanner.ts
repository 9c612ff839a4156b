// Walks over the text of a cluster query and takes words, symbols and literals from it. Knows the
// characters of the language, not its grammar; what stops a literal depends on what is being read.

/** What is wrong with a query, at a 1-based column (UTF-16 units). */
export interface QueryError {
  readonly message: string;
  readonly column: number;
}

/** Stops the reading of one query; caught where the reading began, so that callers get a value. */
export class QueryRefusal extends Error {
  readonly index: number;
  constructor(message: string, index: number) {
    super(message);
    this.index = index;
  }
}

/** A literal and where each of its characters (and its end) came from, for errors inside of it. */
export interface Literal {
  readonly text: string;
  readonly start: number;
  readonly quoted: boolean;
  readonly offsets: readonly number[];
}

/** Longer texts are cut where an error message shows them. */
const shownMax = 40;

export class Scanner {
  readonly text: string;
  index = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Passes over white space and tells where the next thing begins. */
  next(): number {
    this.takeRaw(/\s*/y);
    return this.index;
  }

  /** Takes what the sticky expression finds after white space; stays put (after the space) if nothing. */
  take(expression: RegExp): string | undefined {
    this.next();
    return this.takeRaw(expression);
  }

  atEnd(): boolean {
    return this.next() >= this.text.length;
  }

  /** What stands here, for a message: `found "x"` or `found the end`. */
  found(): string {
    const at = this.next();
    const rest = /(["'])(?:(?!\1).)*\1?|[^\s()[\],]+|[^]/y;
    rest.lastIndex = at;
    const match = rest.exec(this.text);
    if (!match) return "found the end";
    const shown = match[0].length > shownMax ? `${match[0].slice(0, shownMax)}...` : match[0];
    return `found ${shown}`;
  }

  /** Quoted text, or undefined when no quote stands here. A backslash that escapes nothing stays. */
  quotedLiteral(): Literal | undefined {
    const start = this.next();
    const quote = this.text[start];
    if (quote !== "'" && quote !== '"') return undefined;
    let text = "";
    const offsets: number[] = [];
    for (let at = start + 1; at < this.text.length; at += 1) {
      const char = this.text[at];
      if (char === quote) {
        this.index = at + 1;
        return { text, start, quoted: true, offsets: [...offsets, at] };
      }
      offsets.push(at);
      const escaped = this.text[at + 1];
      if (char === "\\" && (escaped === "\\" || escaped === "'" || escaped === '"')) {
        text += escaped;
        at += 1;
      } else text += char;
    }
    throw new QueryRefusal(`this quote is never closed: expected another ${quote}`, start);
  }

  /** A bare word of an argument, or undefined. Everything with other characters has to be quoted. */
  bareLiteral(): Literal | undefined {
    const start = this.next();
    const text = this.takeRaw(/[^\s()[\],'"<>=!~&|]+/y);
    return text === undefined ? undefined : bare(text, start);
  }

  /**
   * A bare pattern, or undefined. It runs to the next space, `&&` or `||`, or to a `)` that closes no
   * group of the pattern, so that `(attribute:a =~ (b|c).*)` reads as people mean it.
   */
  barePattern(): Literal | undefined {
    const start = this.next();
    let depth = 0;
    let inClass = false;
    let at = start;
    for (; at < this.text.length; at += 1) {
      const char = this.text[at] ?? "";
      if (/\s/.test(char)) break;
      if (char === "\\") at += 1;
      else if (inClass) inClass = char !== "]";
      else if (char === "[") inClass = true;
      else if (char === "(") depth += 1;
      else if (char === ")" && depth === 0) break;
      else if (char === ")") depth -= 1;
      else if (this.text.startsWith("&&", at) || this.text.startsWith("||", at)) break;
    }
    if (at === start) return undefined;
    this.index = Math.min(at, this.text.length);
    return bare(this.text.slice(start, this.index), start);
  }

  private takeRaw(expression: RegExp): string | undefined {
    expression.lastIndex = this.index;
    const match = expression.exec(this.text);
    if (!match) return undefined;
    this.index += match[0].length;
    return match[0];
  }
}

function bare(text: string, start: number): Literal {
  const offsets = Array.from({ length: text.length + 1 }, (_, i) => start + i);
  return { text, start, quoted: false, offsets };
}
