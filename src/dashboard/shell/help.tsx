// The sheet of keyboard shortcuts.
import { Dialog } from "../parts/dialog.tsx";
import { shortcutsOn, switchShortcuts } from "./shortcuts.ts";
import type { Shortcut } from "./shortcuts.ts";

const inFleet: readonly (readonly [string, string])[] = [
  ["arrows", "next tile of the fleet, once it has the focus"],
  ["Enter", "open that container instance"],
  ["Home / End", "first and last tile of a cluster"],
];

function Keys({ keys }: { readonly keys: string }) {
  return (
    <>
      {keys.split(" ").map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </>
  );
}

export function Help({
  shortcuts,
  onClose,
}: {
  readonly shortcuts: readonly Shortcut[];
  readonly onClose: () => void;
}) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl class="keys">
        {shortcuts.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              <Keys keys={keys} />
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
        {inFleet.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={shortcutsOn.value}
          onChange={({ currentTarget }) => switchShortcuts(currentTarget.checked)}
        />
        Single keys are shortcuts
      </label>
    </Dialog>
  );
}
