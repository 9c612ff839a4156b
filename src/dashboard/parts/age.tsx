// How long ago something was, ageing on its own: the parts around it are not drawn again for it.
import { useComputed } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { shownAge } from "../derive.ts";
import type { Live } from "../live.ts";

/** `at` is ISO 8601. Key it by `at` where that may change. */
export function Age({
  at,
  nowMs,
  suffix = "",
}: {
  readonly at: string | null;
  readonly nowMs: ReadonlySignal<number>;
  readonly suffix?: string;
}) {
  const text = useComputed(() => {
    const age = shownAge(at, nowMs.value);
    return age === undefined ? "–" : `${age}${suffix}`;
  });
  return (
    <time dateTime={at ?? undefined} title={at ?? undefined}>
      {text}
    </time>
  );
}

/** For how long something is so; nothing where nobody knows. */
export function For({ at, live }: { readonly at: string | null; readonly live: Live }) {
  if (at === null) return null;
  return (
    <span class="quiet">
      for <Age key={at} at={at} nowMs={live.nowMs} />
    </span>
  );
}
