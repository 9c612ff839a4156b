// The colours of the stylesheet, as a canvas needs them.
import type { Palette } from "./painter.ts";
import type { TileTone } from "./meaning.ts";

const tones: readonly TileTone[] = [
  "good",
  "busy",
  "bad",
  "plain",
  "heat0",
  "heat1",
  "heat2",
  "heat3",
  "heat4",
];

/** Reads them as they are shown at `element` now; read again when the theme changes. */
export function readPalette(element: HTMLElement): Palette {
  const probe = document.createElement("span");
  element.append(probe);
  const style = getComputedStyle(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return style.color;
  };
  const each = (prefix: string) =>
    Object.fromEntries(tones.map((tone) => [tone, colour(`${prefix}-${tone}`)])) as Readonly<
      Record<TileTone, string>
    >;
  const palette: Palette = {
    fill: each("tile"),
    soft: each("tile-soft"),
    ink: colour("ink"),
    quiet: colour("quiet"),
    ring: colour("link"),
    font: getComputedStyle(element).getPropertyValue("--mono"),
    rem: Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16,
  };
  probe.remove();
  return palette;
}
