// Where answers and remarks go: stdout carries answers only, everything else is for stderr. Decides no content.
import { processEnvironment } from "../config.ts";
import { wantsColours } from "./style.ts";

export interface Terminal {
  /** Writes to stdout; resolves when it is taken, so that a slow reader slows us and not our memory. */
  print(text: string): Promise<void>;
  /** Writes a line to stderr. */
  note(line: string): void;
  /** Columns that stdout shows, as it is now; undefined on a pipe or a file. */
  readonly width: number | undefined;
  /** Whether what is printed may have colours. */
  readonly colours: boolean;
  /** Whether a person sits there who can be asked: stdin and stderr are a terminal. */
  readonly asks: boolean;
  /** Aborts when the user wants to end. */
  readonly interrupted: AbortSignal;
}

/** The reader has gone (`| head`), or the terminal was closed. */
const gone = new Set(["EPIPE", "EIO"]);

/** The terminal of this process. A reader that has gone ends the process in order. */
export function processTerminal(interrupted: AbortSignal): Terminal {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (gone.has(error.code ?? "")) process.exit(0);
      throw error;
    });
  const { FORCE_COLOR, NO_COLOR, TERM } = processEnvironment;
  const wishes = { forceColor: FORCE_COLOR, noColor: NO_COLOR, term: TERM };
  return {
    print: (text) => new Promise((resolve) => process.stdout.write(text, () => resolve())),
    note: (line) => void process.stderr.write(`${line}\n`),
    get width() {
      return process.stdout.isTTY ? process.stdout.columns : undefined;
    },
    colours: wantsColours({ ...wishes, isTerminal: process.stdout.isTTY }),
    asks: process.stdin.isTTY && process.stderr.isTTY,
    interrupted,
  };
}
