// Where answers and remarks go: stdout carries answers only, everything else is for stderr. Decides no content.
import { systemClock } from "../clock.ts";
import { processEnvironment } from "../config.ts";
import { wantsColours } from "./style.ts";
import { cutTo } from "./table.ts";

export interface Terminal {
  /** Writes to stdout; resolves when it is taken, so that a slow reader slows us and not our memory. */
  print(text: string): Promise<void>;
  /** Writes a line to stderr. */
  note(line: string): void;
  /** How something goes that takes a while: a line that the next one replaces; on a pipe, one now and then. */
  progress(line: string): void;
  /** Columns that stdout shows, as it is now; undefined on a pipe or a file. */
  readonly width: number | undefined;
  /** Whether what is printed may have colours. */
  readonly colours: boolean;
  /** Asks a question that yes answers; undefined where no person sits: stdin or stderr is no terminal. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  /** Aborts when the user wants to end. */
  readonly interrupted: AbortSignal;
}

async function askPerson(question: string): Promise<boolean> {
  const { createInterface } = await import("node:readline/promises");
  const { stdin: input, stderr: output } = process;
  const asking = createInterface({ input, output });
  // Readline keeps Ctrl-C to itself; it means what it means everywhere. Ctrl-D is a no.
  asking.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const ended = new Promise<string>((resolve) => asking.once("close", () => resolve("")));
  try {
    const answer = await Promise.race([asking.question(question), ended]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}

/** The reader has gone (`| head`), or the terminal was closed. */
const gone = new Set(["EPIPE", "EIO"]);

/** A program that reads our progress gets a line so often at most. */
const progressEveryMs = 2000;

function remarks(stream: NodeJS.WriteStream): Pick<Terminal, "note" | "progress"> {
  let toldAt = -Infinity;
  let isOpen = false;
  const clear = () => (isOpen ? "\r\u001b[K" : "");
  return {
    note: (line) => {
      stream.write(`${clear()}${line}\n`);
      isOpen = false;
    },
    progress: (line) => {
      if (stream.isTTY) {
        stream.write(`\r\u001b[K${cutTo(line, stream.columns - 1)}`);
        isOpen = true;
        return;
      }
      const now = systemClock.monotonic();
      if (now - toldAt < progressEveryMs) return;
      toldAt = now;
      stream.write(`${line}\n`);
    },
  };
}

/** The terminal of this process. A reader that has gone ends the process in order. */
export function processTerminal(interrupted: AbortSignal): Terminal {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (gone.has(error.code ?? "")) process.exit(0);
      throw error;
    });
  const { FORCE_COLOR, NO_COLOR, TERM } = processEnvironment;
  const wishes = { forceColor: FORCE_COLOR, noColor: NO_COLOR, term: TERM };
  const { note, progress } = remarks(process.stderr);
  return {
    print: (text) => new Promise((resolve) => process.stdout.write(text, () => resolve())),
    note,
    progress,
    get width() {
      return process.stdout.isTTY ? process.stdout.columns : undefined;
    },
    colours: wantsColours({ ...wishes, isTerminal: process.stdout.isTTY }),
    ask: process.stdin.isTTY && process.stderr.isTTY ? askPerson : undefined,
    interrupted,
  };
}
