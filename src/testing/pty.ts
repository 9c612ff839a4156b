// A terminal for tests: runs a command in a pseudo-terminal that util-linux's `script` makes, types keys, and knows what
// stands on the screen. Understands the few sequences that our screens use, and no others.
import { spawn, spawnSync } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { until } from "./longshore.ts";

/** Why there can be no pseudo-terminal here; undefined when there can. */
export const noPty: string | undefined =
  spawnSync("script", ["--version"]).status === 0 && spawnSync("stty", ["--version"]).status === 0
    ? undefined
    : "skipped: no util-linux script or no stty on this machine, so no pseudo-terminal";

export interface Pty {
  type(keys: string): void;
  /** Everything that was written to the terminal. */
  output(): string;
  /** Whether our screen is up, and not what was there before. */
  hasScreen(): boolean;
  /** The lines of the screen as they stand now, without colours. */
  screen(): string[];
  /** Waits until the screen has this text. */
  shows(text: string): Promise<void>;
  resize(columns: number, rows: number): void;
  signal(signal: NodeJS.Signals): void;
  /** The command's exit code, when it has ended. */
  ended: Promise<number | null>;
  kill(): void;
}

/** How long a screen may take to come, on a machine that is busy with others. */
export const patienceMs = 60_000;

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

const escape = "\u001b\\[";
const drawn = new RegExp(`${escape}(\\d+);1H([^]*?)${escape}K`, "g");

/** Lines as our drawing leaves them: it always writes whole lines from their beginning. */
function screenOf(output: string): string[] {
  const up = output.slice(output.lastIndexOf("\u001b[?1049h"));
  const lines: string[] = [];
  for (const [, row = "1", text = ""] of up.matchAll(drawn))
    lines[Number(row) - 1] = stripVTControlCharacters(text);
  return Array.from(lines, (line) => (line ?? "").trimEnd());
}

export function openPty(
  command: readonly string[],
  options: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly columns?: number;
    readonly rows?: number;
  },
): Pty {
  const { columns = 100, rows = 20, env } = options;
  // The shell tells where the terminal is and who runs on it, and then becomes the command.
  const shell = `stty cols ${columns} rows ${rows}; echo "tty=$(tty) pid=$$;"; exec ${command.map(quoted).join(" ")}`;
  const child = spawn("script", ["-qfec", shell, "/dev/null"], {
    env: { TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => (output += more));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const place = () => /tty=(\S+) pid=(\d+);/.exec(output);
  const hasScreen = () => output.lastIndexOf("\u001b[?1049h") > output.lastIndexOf("\u001b[?1049l");
  const screen = () => screenOf(output);
  return {
    type: (keys) => void child.stdin.write(keys),
    output: () => output,
    hasScreen,
    screen,
    shows: async (text) => {
      await until(
        `a screen with "${text}"`,
        () => {
          if (screen().some((line) => line.includes(text))) return true;
          throw new Error(`the screen has\n${screen().join("\n")}\nafter ${output.slice(0, 300)}`);
        },
        patienceMs,
      );
    },
    resize: (toColumns, toRows) => {
      const [, tty = ""] = place() ?? [];
      spawnSync("stty", ["-F", tty, "cols", String(toColumns), "rows", String(toRows)]);
    },
    signal: (signal) => {
      const [, , pid = ""] = place() ?? [];
      process.kill(Number(pid), signal);
    },
    ended,
    kill: () => void child.kill("SIGKILL"),
  };
}
