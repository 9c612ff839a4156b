// What the processes write, as one stream: JSON lines on a pipe, lines marked with their role on a terminal.
import { readable } from "../log.ts";

/** Where it goes; a terminal is told by `isTTY`. */
export interface Sink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

function parsed(line: string): object | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "level" in value ? value : undefined;
  } catch {
    return undefined;
  }
}

/** One line of `role`, as it is to be shown. Plain text (a stack trace, a warning) is marked with its role too. */
export function shown(role: string, line: string, isTerminal: boolean, now: number): string {
  const entry = parsed(line);
  if (isTerminal)
    return entry ? readable(JSON.stringify({ role, ...entry })) : `[${role}] ${line}\n`;
  return entry ? `${line}\n` : `${JSON.stringify({ level: 30, time: now, role, msg: line })}\n`;
}
