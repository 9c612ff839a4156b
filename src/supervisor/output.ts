// What the processes write, as one stream: JSON lines on a pipe, lines marked with their role on a terminal.
import { createLog } from "../log.ts";

const levels = new Map<unknown, "trace" | "debug" | "info" | "warn" | "error" | "fatal">([
  [10, "trace"],
  [20, "debug"],
  [30, "info"],
  [40, "warn"],
  [50, "error"],
  [60, "fatal"],
]);

/** The fields of a log line; undefined for any other text. */
function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "level" in value
      ? { ...value }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Hands on the lines of one role. Log lines stay as they are on a pipe and become readable on a terminal;
 * plain text (a stack trace, a warning) becomes a log line of that role.
 */
export function relay(role: string, stream = process.stdout): (line: string) => void {
  const log = createLog(role, "trace", stream);
  return (line) => {
    const entry = parsed(line);
    if (entry === undefined) return log.info(line);
    if (!stream.isTTY) return void stream.write(`${line}\n`);
    const { level, msg, ...fields } = entry; // its own time among them
    return log[levels.get(level) ?? "info"](fields, typeof msg === "string" ? msg : "");
  };
}
