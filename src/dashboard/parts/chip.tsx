// A status as a coloured word. The word says it; the colour only helps to find it.
import type { Tone } from "../feed.ts";

/** `text` in the tone's colour; `title` has more about it. */
export function Chip({
  text,
  tone,
  title,
}: {
  readonly text: string;
  readonly tone: Tone;
  readonly title?: string | undefined;
}) {
  return (
    <span class="chip" data-tone={tone} title={title}>
      {text}
    </span>
  );
}
