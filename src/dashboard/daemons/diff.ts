// What differs between two revisions of a daemon, and between two texts line by line. Pure.
import type { Revision } from "./model.ts";

/** A line of one text, of the other, or of both. */
export interface DiffLine {
  readonly kind: "same" | "gone" | "new";
  readonly text: string;
}

/** Longer texts are shown as one block gone and one block new: what compares lines takes time by their product. */
const comparedMax = 400;

/** The shortest way from one text to the other, line by line. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const a = before === "" ? [] : before.split("\n");
  const b = after === "" ? [] : after.split("\n");
  const gone = (text: string): DiffLine => ({ kind: "gone", text });
  const fresh = (text: string): DiffLine => ({ kind: "new", text });
  if (a.length > comparedMax || b.length > comparedMax) return [...a.map(gone), ...b.map(fresh)];
  // Length of the longest common run of lines from each pair of places on.
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width);
  const lengthAt = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] =
        a[i] === b[j]
          ? lengthAt(i + 1, j + 1) + 1
          : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1));
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      lines.push({ kind: "same", text: left });
      i++;
      j++;
    } else if (
      right === undefined ||
      (left !== undefined && lengthAt(i + 1, j) >= lengthAt(i, j + 1))
    ) {
      lines.push(gone(left ?? ""));
      i++;
    } else {
      lines.push(fresh(right));
      j++;
    }
  }
  return lines;
}

/** A revision's content as texts by name; what is not set is empty. */
export function contentOf(revision: Revision): Readonly<Record<string, string>> {
  const json = (value: unknown) =>
    value === null || value === undefined ? "" : JSON.stringify(value, null, 2);
  return {
    "task definition": revision.taskDefinition,
    selector: revision.selector,
    overrides: json(revision.overrides),
    "network configuration": json(revision.networkConfiguration),
    tags: revision.tags.map(({ key, value }) => `${key}=${value}`).join("\n"),
  };
}

/** One thing in which two revisions differ. */
export interface Difference {
  readonly name: string;
  readonly lines: readonly DiffLine[];
}

/** What a revision changed of the one before it; everything that is set, when there is none. */
export function diffRevisions(before: Revision | undefined, after: Revision): Difference[] {
  const old: Readonly<Record<string, string>> = before ? contentOf(before) : {};
  return Object.entries(contentOf(after)).flatMap(([name, text]) => {
    const was = old[name] ?? "";
    return was === text ? [] : [{ name, lines: diffLines(was, text) }];
  });
}
