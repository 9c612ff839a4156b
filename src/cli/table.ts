// Lays out tables and lines for a terminal: aligned columns, cut to a width, nothing that could steer the
// terminal. Pure.

export interface Column {
  readonly title: string;
  /** Numbers read better aligned at their end. */
  readonly align?: "right";
}

const gap = "  ";
const ellipsis = "…";
/** No column is cut below this, unless the whole line has to be. */
const columnMin = 5;

const graphemes = new Intl.Segmenter();
const plain = /^[\u0020-\u007e]*$/;
/** Characters that terminals show two columns wide: East Asian ones and pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** A text on one line, without what a terminal would obey: names and reasons come from others. */
export function oneLine(text: string): string {
  return plain.test(text)
    ? text
    : text.replace(/\s+/g, " ").replace(/[\p{Cc}\p{Bidi_Control}]/gu, "�");
}

const widthOfGrapheme = (grapheme: string): number => (wide.test(grapheme) ? 2 : 1);

/** Columns that a text takes on a terminal. */
export function displayWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOfGrapheme(segment);
  return width;
}

/** The text, or as much of its beginning as fits before an ellipsis. */
export function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width <= 0) return "";
  let kept = "";
  let taken = 0;
  for (const { segment } of graphemes.segment(text)) {
    taken += widthOfGrapheme(segment);
    if (taken > width - 1) break;
    kept += segment;
  }
  return kept + ellipsis;
}

/** Takes what is too much from the widest columns first: short ones stay readable. */
function fitWidths(natural: readonly number[], available: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, width) => sum + width, 0) - available;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= columnMin) break;
    const next = Math.max(columnMin, ...widths.filter((width) => width < widest));
    const sharing = widths.filter((width) => width === widest).length;
    const cut = Math.min(excess, (widest - next) * sharing);
    const each = Math.floor(cut / sharing);
    let extra = cut % sharing;
    for (const [index, width] of widths.entries())
      if (width === widest) widths[index] = width - each - (extra-- > 0 ? 1 : 0);
    excess -= cut;
  }
  return widths;
}

function pad(text: string, width: number, column: Column | undefined): string {
  const space = " ".repeat(Math.max(0, width - displayWidth(text)));
  return column?.align === "right" ? space + text : text + space;
}

/** Lines of a table, titles first, no longer than `width` columns when one is given. */
export function layOutTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): string[] {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(oneLine))];
  const natural = columns.map((_, index) =>
    cells.reduce((most, row) => Math.max(most, displayWidth(row[index] ?? "")), 0),
  );
  const gaps = gap.length * (columns.length - 1);
  const widths = width === undefined ? natural : fitWidths(natural, width - gaps);
  return cells.map((row) => {
    const line = row
      .map((cell, index) =>
        pad(cutTo(cell, widths[index] ?? 0), widths[index] ?? 0, columns[index]),
      )
      .join(gap)
      .trimEnd();
    return width === undefined ? line : cutTo(line, width);
  });
}

/** One line of parts that are there, no longer than `width` columns when one is given. */
export function layOutLine(parts: readonly string[], width: number | undefined): string {
  const line = parts
    .filter((part) => part !== "")
    .map(oneLine)
    .join(gap);
  return width === undefined ? line : cutTo(line, width);
}

const units = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
] as const;

/** How long ago an ISO 8601 time was, short: `45s`, `3m`, `5h`, `12d`. Empty for none. */
export function age(time: string | undefined, now: number): string {
  const at = time === undefined ? NaN : Date.parse(time);
  if (Number.isNaN(at)) return "";
  const seconds = Math.max(0, Math.floor((now - at) / 1000));
  const [unit, size] = units.find(
    ([name, length]) => seconds >= length * (name === "s" ? 0 : 2),
  ) ?? ["s", 1];
  return `${Math.floor(seconds / size)}${unit}`;
}
