// Lays out tables and lines for a terminal: aligned columns, cut to a width, nothing that could steer the
// terminal. Pure.
import { plainPaint } from "./style.ts";
import type { Paint, Tone } from "./style.ts";

export interface Column {
  readonly title: string;
  /** Numbers read better aligned at their end. */
  readonly align?: "right";
  /** Names something by its beginning: shortened to what tells the rows apart before anything else is cut. */
  readonly id?: true;
  /** Left out where the table does not fit, the highest first; a column without stays. */
  readonly drop?: number;
  /** How good what a cell says is. */
  readonly tone?: (text: string) => Tone | undefined;
}

const gap = "  ";
const ellipsis = "…";
/** No column is cut below this, unless the whole line has to be. */
const columnMin = 5;
/** A column is worth its place with this much of it; rather than less, another one is left out. */
const columnGood = 14;
/** Ids are random: so many characters hardly ever stand for two. */
const idMin = 8;

let graphemes: Intl.Segmenter | undefined;
const graphemesOf = (text: string): Iterable<{ readonly segment: string }> =>
  (graphemes ??= new Intl.Segmenter()).segment(text);
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
  for (const { segment } of graphemesOf(text)) width += widthOfGrapheme(segment);
  return width;
}

/** The text, or as much of its beginning as fits before an ellipsis. */
export function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width <= 0) return "";
  let kept = "";
  let taken = 0;
  for (const { segment } of graphemesOf(text)) {
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

/** Fills a cell up to its column's width, around a colour and not underneath it. */
function pad(text: string, width: number, column: Column, painted = text): string {
  const space = " ".repeat(Math.max(0, width - displayWidth(text)));
  return column.align === "right" ? space + painted : painted + space;
}

/** The shortest beginning, of {@link idMin} characters or more, that still tells all of these ids apart. */
export function shortestIds(ids: readonly string[]): number {
  const different = [...new Set(ids)].sort();
  let length = idMin;
  for (const [index, id] of different.entries()) {
    const next = different[index + 1] ?? "";
    let same = 0;
    while (same < id.length && id[same] === next[same]) same++;
    length = Math.max(length, same + 1);
  }
  return length;
}

interface Laid {
  readonly column: Column;
  /** The title, then a cell for each row. */
  readonly cells: readonly string[];
  readonly width: number;
}

function laid(column: Column, cells: readonly string[]): Laid {
  const width = cells.reduce((most, cell) => Math.max(most, displayWidth(cell)), 0);
  return { column, cells, width };
}

const total = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, gap.length * Math.max(0, widths.length - 1));

function shortened(each: Laid): Laid {
  const [title = "", ...ids] = each.cells;
  if (!each.column.id) return each;
  const length = shortestIds(ids);
  return laid(each.column, [title, ...ids.map((id) => id.slice(0, length))]);
}

/** The columns that a width has room for: ids shortened first, then whole columns left out. */
function chosenFor(all: readonly Laid[], available: number): readonly Laid[] {
  const fits = (columns: readonly Laid[], good: number) =>
    total(columns.map(({ width }) => Math.min(width, good))) <= available;
  if (fits(all, Infinity)) return all;
  let columns = all.map(shortened);
  while (!fits(columns, columnGood)) {
    const least = Math.max(...columns.map(({ column }) => column.drop ?? 0));
    if (least === 0) break;
    columns = columns.filter(({ column }) => column.drop !== least);
  }
  return columns;
}

/** Lines of a table, titles first, no longer than `width` columns when one is given. */
export function layOutTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
  paint: Paint = plainPaint,
): string[] {
  const all = columns.map((column, index) =>
    laid(column, [column.title, ...rows.map((row) => oneLine(row[index] ?? ""))]),
  );
  const shown = width === undefined ? all : chosenFor(all, width);
  const natural = shown.map((each) => each.width);
  const gaps = gap.length * (shown.length - 1);
  const widths = width === undefined ? natural : fitWidths(natural, width - gaps);
  // Where even the narrowest columns do not fit, the whole line is cut: colours would be cut as well.
  const isCut = width !== undefined && total(widths) > width;
  return Array.from({ length: rows.length + 1 }, (_, row) => {
    const parts = shown.map(({ column, cells }, index) => {
      const cell = cutTo(cells[row] ?? "", widths[index] ?? 0);
      const tone = row === 0 ? "strong" : column.tone?.(cells[row] ?? "");
      const painted = tone === undefined || isCut ? cell : paint(tone, cell);
      return pad(cell, widths[index] ?? 0, column, painted);
    });
    const line = parts.join(gap).trimEnd();
    return isCut ? cutTo(line, width) : line;
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
export function age(time: string | null | undefined, now: number): string {
  const at = time == null ? NaN : Date.parse(time);
  if (Number.isNaN(at)) return "";
  const seconds = Math.max(0, Math.floor((now - at) / 1000));
  const [unit, size] = units.find(
    ([name, length]) => seconds >= length * (name === "s" ? 0 : 2),
  ) ?? ["s", 1];
  return `${Math.floor(seconds / size)}${unit}`;
}
