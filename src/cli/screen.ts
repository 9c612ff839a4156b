// The whole terminal as a screen to draw on: taken over, drawn line by line where something changed, and given back on
// any end of the process. Decides no content.
import { emitKeypressEvents } from "node:readline";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Screen {
  size(): Size;
  /** Shows these lines from the top, none wider than the screen. What does not differ is not sent again. */
  draw(lines: readonly string[]): void;
  /** Gives the terminal back as it was. More than once does no harm. */
  close(): void;
}

export interface ScreenUser {
  /** A key by name: `q`, `up`, `pagedown`, `return`, `escape`, `ctrl+c`, or the character itself. */
  readonly onKey: (key: string) => void;
  /** The size changed, or what was there is gone: everything is to be drawn. */
  readonly onResize: () => void;
}

const escape = (code: string) => `\u001b[${code}`;
// Another screen without wrapping or a cursor; what was there before comes back with the last of them.
const takeOver = escape("?1049h") + escape("?25l") + escape("?7l") + escape("2J");
const giveBack = escape("?7h") + escape("?25h") + escape("?1049l");
/** A terminal that reads this slowly gets fewer frames, not later ones. */
const unreadMost = 64 * 1024;
/** A terminal that tells no size. */
const usual: Size = { columns: 80, rows: 24 };

/** What `emitKeypressEvents` tells of a key. */
interface Pressed {
  readonly name?: string | undefined;
  readonly ctrl?: boolean;
  readonly sequence?: string | undefined;
}

function keyName(text: string | undefined, { name, ctrl, sequence }: Pressed): string {
  if (ctrl === true && name !== undefined) return `ctrl+${name}`;
  const isCharacter = text !== undefined && text.length === 1 && text >= " " && text !== "\u007f";
  return isCharacter ? text : (name ?? sequence ?? "");
}

/** Takes the terminal over. Keys come only when stdin is a terminal, too. */
export function openScreen({ onKey, onResize }: ScreenUser): Screen {
  const { stdin, stdout } = process;
  let drawn: readonly string[] = [];
  let isOpen = false;

  const open = () => {
    if (isOpen) return;
    isOpen = true;
    drawn = [];
    if (stdin.isTTY) stdin.setRawMode(true);
    stdout.write(takeOver);
  };
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    if (stdin.isTTY) stdin.setRawMode(false);
    stdout.write(giveBack);
  };
  const redrawAll = () => {
    drawn = [];
    stdout.write(escape("2J"));
    onResize();
  };
  /** Ctrl-Z: the shell gets its terminal back until we are continued. */
  const suspend = () => {
    close();
    process.once("SIGCONT", () => {
      open();
      onResize();
    });
    process.kill(process.pid, "SIGTSTP");
  };
  const onKeypress = (text: string | undefined, pressed: Pressed) => {
    const key = keyName(text, pressed);
    if (key === "ctrl+z") suspend();
    else onKey(key);
  };

  // Before Node.js writes why it dies, so that the reason is not lost with this screen.
  process.on("uncaughtExceptionMonitor", close);
  process.on("exit", close);
  stdout.on("resize", redrawAll);
  if (stdin.isTTY) {
    emitKeypressEvents(stdin);
    stdin.on("keypress", onKeypress);
    stdin.resume();
  }
  open();

  return {
    size: () => ({
      columns: stdout.columns || usual.columns,
      rows: stdout.rows || usual.rows,
    }),
    draw: (lines) => {
      if (!isOpen || stdout.writableLength > unreadMost) return;
      const shown = lines.slice(0, stdout.rows || usual.rows);
      let out = "";
      for (let row = 0; row < Math.max(shown.length, drawn.length); row++) {
        const line = shown[row] ?? "";
        if (line !== drawn[row])
          out += `${escape(`${row + 1};1H`)}${line}${escape("0m")}${escape("K")}`;
      }
      drawn = shown;
      if (out !== "") stdout.write(out);
    },
    close: () => {
      close();
      process.off("uncaughtExceptionMonitor", close);
      process.off("exit", close);
      stdout.off("resize", redrawAll);
      stdin.off("keypress", onKeypress);
      if (stdin.isTTY) stdin.pause();
    },
  };
}
