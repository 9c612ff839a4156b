// Draws the tiles of one cluster on a canvas, and only those that change: a tile fades from one colour to the next and
// shows a ring for a moment. Knows nothing of instances.
import type { Layout, Place } from "./layout.ts";
import type { Look, TileTone } from "./meaning.ts";

export interface Palette {
  readonly fill: Readonly<Record<TileTone, string>>;
  readonly soft: Readonly<Record<TileTone, string>>;
  readonly ink: string;
  readonly quiet: string;
  readonly ring: string;
  readonly font: string;
  readonly rem: number;
}

interface Tile {
  readonly place: Place;
  readonly name: string;
  look: Look;
  /** What it looked like before, while it fades. */
  from: Look | undefined;
  /** When the change began, ms of the frame clock; undefined when it is over. */
  begunAt: number | undefined;
}

/** How long a change shows. */
const changeMs = 700;
const fadeMs = 260;

/** Frames for whoever draws, one request for all of them. */
const drawing = new Set<(nowMs: number) => boolean>();
let isRequested = false;
function runFrame(nowMs: number): void {
  isRequested = false;
  for (const draw of drawing) if (!draw(nowMs)) drawing.delete(draw);
  if (drawing.size > 0) requestFrame();
}
function requestFrame(): void {
  if (isRequested) return;
  isRequested = true;
  requestAnimationFrame(runFrame);
}

export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #tiles = new Map<string, Tile>();
  readonly #changing = new Set<Tile>();
  readonly #moves: boolean;
  #palette: Palette;
  #layout: Layout | undefined;
  #isStale = false;

  /** `moves` is false for those who asked for less motion: changes are then there at once. */
  constructor(canvas: HTMLCanvasElement, palette: Palette, moves: boolean) {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("this browser draws on no canvas");
    this.#canvas = canvas;
    this.#context = context;
    this.#palette = palette;
    this.#moves = moves;
  }

  /** Takes another layout: tiles that were there before stay as they look, new ones appear. */
  lay(
    layout: Layout,
    width: number,
    about: (arn: string) => { readonly name: string; readonly look: Look },
  ): void {
    const isFirst = this.#layout === undefined;
    const ratio = window.devicePixelRatio || 1;
    const canvas = this.#canvas;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(layout.height * ratio);
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const before = new Map(this.#tiles);
    this.#tiles.clear();
    this.#changing.clear();
    for (const place of layout.places) {
      const { name, look } = about(place.arn);
      const known = before.get(place.arn);
      const tile: Tile = { place, name, look, from: known?.from, begunAt: known?.begunAt };
      this.#tiles.set(place.arn, tile);
      if (known ? known.look.tone !== look.tone : !isFirst) this.#begin(tile, known?.look);
      else if (tile.begunAt !== undefined) this.#changing.add(tile);
    }
    this.#layout = layout;
    this.#redraw();
  }

  /** Takes another look of one tile. */
  change(arn: string, look: Look): void {
    const tile = this.#tiles.get(arn);
    if (!tile || (tile.look.tone === look.tone && tile.look.text === look.text)) return;
    this.#begin(tile, tile.look);
    tile.look = look;
    this.#request();
  }

  /** Other looks of all tiles, at once: another meaning was chosen. */
  changeAll(lookOf: (arn: string) => Look): void {
    for (const [arn, tile] of this.#tiles) {
      tile.look = lookOf(arn);
      tile.begunAt = undefined;
      tile.from = undefined;
    }
    this.#changing.clear();
    this.#redraw();
  }

  repaint(palette: Palette): void {
    this.#palette = palette;
    this.#redraw();
  }

  close(): void {
    drawing.delete(this.#frame);
  }

  #begin(tile: Tile, from: Look | undefined): void {
    tile.from = from;
    tile.begunAt = this.#moves ? performance.now() : undefined;
    this.#changing.add(tile);
  }

  #redraw(): void {
    this.#isStale = true;
    this.#request();
  }

  #request(): void {
    drawing.add(this.#frame);
    requestFrame();
  }

  /** Draws what has to be; true while there is more to come. */
  readonly #frame = (nowMs: number): boolean => {
    const layout = this.#layout;
    if (!layout) return false;
    if (this.#isStale) {
      this.#isStale = false;
      this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
      for (const tile of this.#tiles.values()) this.#draw(tile, layout, nowMs);
    } else for (const tile of this.#changing) this.#draw(tile, layout, nowMs);
    for (const tile of this.#changing)
      if (tile.begunAt === undefined || nowMs - tile.begunAt > changeMs) {
        tile.begunAt = undefined;
        tile.from = undefined;
        this.#draw(tile, layout, nowMs);
        this.#changing.delete(tile);
      }
    return this.#changing.size > 0;
  };

  #draw(tile: Tile, { tile: { width, height, gap, hasText } }: Layout, nowMs: number): void {
    const context = this.#context;
    const { x, y } = tile.place;
    const edge = gap / 2;
    context.clearRect(x - edge, y - edge, width + gap, height + gap);
    const age = tile.begunAt === undefined ? changeMs : Math.max(0, nowMs - tile.begunAt);
    const faded = Math.min(1, age / fadeMs);
    if (faded < 1 && tile.from) this.#tile(tile, tile.from, width, height, hasText);
    context.globalAlpha = faded < 1 ? faded : 1;
    this.#tile(tile, tile.look, width, height, hasText);
    if (age < changeMs) {
      context.globalAlpha = 1 - age / changeMs;
      context.strokeStyle = this.#palette.ring;
      context.lineWidth = Math.min(2, gap - 0.5);
      context.beginPath();
      const out = context.lineWidth / 2;
      context.roundRect(x - out + 0.5, y - out + 0.5, width + 2 * out - 1, height + 2 * out - 1, 4);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  #tile(
    { place: { x, y }, name }: Tile,
    look: Look,
    width: number,
    height: number,
    hasText: boolean,
  ): void {
    const context = this.#context;
    const { fill, soft, ink, quiet, font, rem } = this.#palette;
    context.fillStyle = hasText ? soft[look.tone] : fill[look.tone];
    context.beginPath();
    context.roundRect(x, y, width, height, hasText ? 5 : 2);
    context.fill();
    if (!hasText) {
      // The worst is told by form as well as by colour.
      if (look.tone === "bad" && width >= 8) this.#notch(x, y, width);
      return;
    }
    context.fillStyle = fill[look.tone];
    context.beginPath();
    context.roundRect(x, y, 4, height, [5, 0, 0, 5]);
    context.fill();
    const room = width - 0.95 * rem;
    context.textBaseline = "middle";
    context.font = `${0.72 * rem}px ${font}`;
    context.fillStyle = ink;
    context.fillText(this.#fit(name, room), x + 0.6 * rem, y + height * 0.32);
    context.fillStyle = look.tone === "bad" || look.tone === "busy" ? ink : quiet;
    context.fillText(this.#fit(look.text, room), x + 0.6 * rem, y + height * 0.7);
  }

  #notch(x: number, y: number, width: number): void {
    const context = this.#context;
    context.fillStyle = this.#palette.ink;
    context.beginPath();
    context.moveTo(x + width, y);
    context.lineTo(x + width, y + width / 2);
    context.lineTo(x + width / 2, y);
    context.fill();
  }

  /** The end of a name is what tells it from others: the middle goes. */
  #fit(text: string, room: number): string {
    const context = this.#context;
    const width = context.measureText(text).width;
    if (width <= room) return text;
    const letters = Math.max(3, Math.floor((text.length * room) / width) - 1);
    const tail = Math.ceil(letters * 0.6);
    return `${text.slice(0, letters - tail)}…${text.slice(-tail)}`;
  }
}
