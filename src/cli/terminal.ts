// Where answers and remarks go: stdout carries answers only, everything else is for stderr. Decides no content.

export interface Terminal {
  /** Writes to stdout; resolves when it is taken, so that a slow reader slows us and not our memory. */
  print(text: string): Promise<void>;
  /** Writes a line to stderr. */
  note(line: string): void;
  /** Columns that stdout shows; undefined on a pipe or a file. */
  readonly width: number | undefined;
  /** Aborts when the user wants to end. */
  readonly interrupted: AbortSignal;
}

/** The terminal of this process. A reader that has gone (`| head`) ends the process in order. */
export function processTerminal(interrupted: AbortSignal): Terminal {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  return {
    print: (text) => new Promise((resolve) => process.stdout.write(text, () => resolve())),
    note: (line) => void process.stderr.write(`${line}\n`),
    width: process.stdout.isTTY ? process.stdout.columns : undefined,
    interrupted,
  };
}
