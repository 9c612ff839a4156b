// A text that a click copies: ids and ARNs are for pasting elsewhere.
import { useSignal } from "@preact/signals";

/** The text in the typeface of ids, with a button that copies it. */
export function Copy({ text, shown = text }: { readonly text: string; readonly shown?: string }) {
  const done = useSignal(false);
  return (
    <span class="copy">
      <code>{shown}</code>
      <button
        type="button"
        class="link"
        aria-label={`Copy ${text}`}
        onClick={() =>
          void navigator.clipboard?.writeText(text).then(
            () => {
              done.value = true;
              setTimeout(() => (done.value = false), 1500);
            },
            // Without the right to write there, the text itself can be selected.
            () => undefined,
          )
        }
      >
        {done.value ? "copied" : "copy"}
      </button>
    </span>
  );
}
