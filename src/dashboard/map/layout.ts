// Where each tile of a cluster stands: zones beside each other while there is room, tiles row by row in each. Pure.

export interface Place {
  readonly arn: string;
  readonly x: number;
  readonly y: number;
}

export interface Zone {
  readonly name: string;
  /** Container instances by ARN, in order. */
  readonly arns: readonly string[];
}

/** Sizes in CSS pixels. */
export interface TileSize {
  readonly width: number;
  readonly height: number;
  readonly gap: number;
  /** Whether there is room for words. */
  readonly hasText: boolean;
}

export interface Layout {
  readonly places: readonly Place[];
  readonly labels: readonly {
    readonly name: string;
    readonly count: number;
    readonly x: number;
    readonly y: number;
  }[];
  readonly tile: TileSize;
  readonly height: number;
}

/** Tiles with words up to this many on the page, small ones from the other on. */
const withTextMax = 160;
const smallFrom = 1500;

/** The size of tiles when so many are on the page; `rem` in pixels, so that they follow the size of the text. */
export function tileSize(tiles: number, rem: number): TileSize {
  if (tiles <= withTextMax)
    return { width: 7.25 * rem, height: 2.75 * rem, gap: 0.375 * rem, hasText: true };
  const side = Math.round((tiles < smallFrom ? 1.25 : 0.8) * rem);
  return { width: side, height: side, gap: tiles < smallFrom ? 3 : 2, hasText: false };
}

/** Tiles with words take what is left over of a row, up to this width in rem. */
const textWidthMax = 10;

/** Lays the zones of one cluster out in `width` pixels. */
export function layOut(
  zones: readonly Zone[],
  least: TileSize,
  width: number,
  rem: number,
): Layout {
  const labelHeight = 1.5 * rem;
  const between = 1.25 * rem;
  const narrowest = Math.min(width, Math.max(2 * least.width + least.gap, 12 * rem));
  const beside = Math.max(
    1,
    Math.min(zones.length, Math.floor((width + between) / (narrowest + between))),
  );
  const zoneWidth = (width - between * (beside - 1)) / beside;
  const inRow = Math.max(1, Math.floor((zoneWidth + least.gap) / (least.width + least.gap)));
  const fitting = (zoneWidth - least.gap * (inRow - 1)) / inRow;
  const tile = least.hasText
    ? { ...least, width: Math.floor(Math.min(textWidthMax * rem, fitting)) }
    : least;
  const places: Place[] = [];
  const labels: Layout["labels"][number][] = [];
  let top = 0;
  let rowHeight = 0;
  for (const [index, { name, arns }] of zones.entries()) {
    const column = index % beside;
    if (column === 0 && index > 0) {
      top += rowHeight + between;
      rowHeight = 0;
    }
    const left = column * (zoneWidth + between);
    labels.push({ name, count: arns.length, x: left, y: top });
    for (const [at, arn] of arns.entries())
      places.push({
        arn,
        x: left + (at % inRow) * (tile.width + tile.gap),
        y: top + labelHeight + Math.floor(at / inRow) * (tile.height + tile.gap),
      });
    const rows = Math.ceil(arns.length / inRow);
    rowHeight = Math.max(rowHeight, labelHeight + rows * (tile.height + tile.gap));
  }
  return { places, labels, tile, height: Math.ceil(top + rowHeight) };
}

/** The tile at a point; undefined between tiles. */
export function placeAt({ places, tile }: Layout, x: number, y: number): Place | undefined {
  return places.find(
    (place) =>
      x >= place.x &&
      x < place.x + tile.width + tile.gap &&
      y >= place.y &&
      y < place.y + tile.height + tile.gap,
  );
}

/** Where an arrow key leads from one tile: the next in reading order, or the nearest one above or below. */
export function neighbour(layout: Layout, from: number, key: string): number {
  const { places } = layout;
  const last = places.length - 1;
  if (key === "Home") return 0;
  if (key === "End") return last;
  if (key === "ArrowLeft") return Math.max(0, from - 1);
  if (key === "ArrowRight") return Math.min(last, from + 1);
  const here = places[from];
  if (!here) return 0;
  const sign = key === "ArrowUp" ? -1 : 1;
  let best = from;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const [index, { x, y }] of places.entries()) {
    const down = (y - here.y) * sign;
    if (down <= 0) continue;
    // A row further off is never nearer, however well it lines up.
    const distance = down * 1000 + Math.abs(x - here.x);
    if (distance < bestDistance) [best, bestDistance] = [index, distance];
  }
  return best;
}
