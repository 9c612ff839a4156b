// The filter of lists: words that must all be found, `field:word` in one field, `-word` that must not. Pure.

interface Term {
  readonly field: string | undefined;
  readonly text: string;
  readonly not: boolean;
}

export type Filter = readonly Term[];

/** Reads what somebody typed. Quotes keep spaces together. Never fails: what is no field is a word. */
export function parseFilter(text: string, fields: ReadonlySet<string>): Filter {
  const found = text.toLowerCase().match(/-?(?:[\w.-]+:)?"[^"]*"?|\S+/g) ?? [];
  return found.flatMap((word): Term[] => {
    const not = word.length > 1 && word.startsWith("-");
    const rest = not ? word.slice(1) : word;
    const colon = rest.indexOf(":");
    const field = colon > 0 ? rest.slice(0, colon) : undefined;
    const isField = field !== undefined && fields.has(field);
    const value = (isField ? rest.slice(colon + 1) : rest).replaceAll('"', "");
    return value === "" ? [] : [{ field: isField ? field : undefined, text: value, not }];
  });
}

/** Whether a row passes. `all` is everything of it in lower case, `of` one field of it in lower case. */
export function passes(filter: Filter, all: string, of: (field: string) => string): boolean {
  for (const { field, text, not } of filter) {
    const found = field === undefined ? all.includes(text) : of(field).includes(text);
    if (found === not) return false;
  }
  return true;
}
