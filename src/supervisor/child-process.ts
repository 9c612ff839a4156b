// Starts one program as a child that cannot outlive this process, and hands on what it writes, line by line.
import { spawn } from "node:child_process";
import type { Clock } from "../clock.ts";
import type { Environment } from "../config.ts";
import type { Running } from "./keep-running.ts";

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly onLine: (line: string) => void;
  readonly clock: Clock;
  /** How long it may take to end after SIGTERM, before SIGKILL. */
  readonly stopTimeoutMs: number;
}

function wholeLines(onLine: (line: string) => void): (chunk: Buffer | undefined) => void {
  let rest = "";
  const decoder = new TextDecoder();
  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: chunk !== undefined })).split("\n");
    rest = chunk === undefined ? "" : (lines.pop() ?? "");
    for (const line of lines) if (line !== "") onLine(line);
  };
}

/**
 * Starts it. The child gets an IPC channel, whose end tells it that this process is gone (see exit-with-parent.ts),
 * and a process group of its own: Ctrl-C on the terminal reaches only who decides the order of stopping.
 */
export async function startChild(options: ChildOptions): Promise<Running> {
  const { command, args, environment, onLine, clock, stopTimeoutMs } = options;
  const child = spawn(command, args, {
    env: environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    const feed = wholeLines(onLine);
    stream?.on("data", feed);
    stream?.on("end", () => feed(undefined));
  }
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started: ${await exited}`);
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid,
    exited,
    stop: async () => {
      if (isGone()) return;
      child.kill("SIGTERM");
      const cancel = clock.after(stopTimeoutMs, () => child.kill("SIGKILL"));
      await exited;
      cancel();
    },
  };
}
