// The only door to logs: JSON lines on a pipe, readable text on a terminal. Never writes a secret.
import { pino } from "pino";
import type { Logger } from "pino";

export type Log = Logger;

const secretPaths = [
  "authorization",
  "*.authorization",
  "headers.authorization",
  "token",
  "*.token",
];

const levelNames: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};

/**
 * An error without what hangs on it: ioredis adds the whole command to its errors, with daemons' environment or a
 * password among its arguments.
 */
function plain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack } = pino.stdSerializers.err(error);
  return { type, message, stack, ...("code" in error ? { code: error.code } : {}) };
}

/** One line a person can read: time, level, message, then the fields. */
function readable(line: string): string {
  const parsed: Record<string, unknown> = JSON.parse(line);
  const { level, time, msg, role, pid: _, hostname: __, ...fields } = parsed;
  const clock = new Date(Number(time)).toISOString().slice(11, 23);
  const name = (levelNames[Number(level)] ?? "info").padEnd(5);
  const who = typeof role === "string" ? `[${role}] ` : "";
  const details = Object.entries(fields)
    .map(([key, value]) => `  ${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("");
  return `${clock} ${name} ${who}${typeof msg === "string" ? msg : ""}${details}\n`;
}

interface LogStream {
  readonly isTTY?: boolean;
  write(line: string): unknown;
}

/** Logs of one role, to standard output; without a role, its parts name theirs by `log.child({ role })`. */
export function createLog(
  role: string | undefined,
  level: string,
  stream: LogStream = process.stdout,
): Log {
  const options = {
    level,
    base: { ...(role === undefined ? {} : { role }), pid: process.pid },
    serializers: { err: plain },
    redact: { paths: secretPaths, censor: "***" },
  };
  return pino(options, {
    write: (line: string) => void stream.write(stream.isTTY ? readable(line) : line),
  });
}
