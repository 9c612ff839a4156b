// What doctor says about one thing, and how that is printed. Pure; never lets a secret through.
import type { Environment } from "../config.ts";

/** `ok`: nothing to do. `warn`: Longshore runs, with the consequence that the detail names. `fail`: it does not work. */
export type Level = "ok" | "warn" | "fail";

export interface Finding {
  readonly level: Level;
  /** The resource or permission. */
  readonly what: string;
  readonly detail: string;
  /** What to do; undefined when nothing is. */
  readonly fix?: string;
}

export const ok = (what: string, detail: string): Finding => ({ level: "ok", what, detail });

export const warn = (what: string, detail: string, fix: string): Finding => ({
  level: "warn",
  what,
  detail,
  fix,
});

export const fail = (what: string, detail: string, fix: string): Finding => ({
  level: "fail",
  what,
  detail,
  fix,
});

export function formatFinding({ level, what, detail, fix }: Finding): string {
  return `${level.padEnd(4)}  ${what} - ${detail}${fix === undefined ? "" : `; ${fix}`}`;
}

/** Exit code of doctor: 1 if anything fails, warnings alone are 0. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 {
  return findings.some(({ level }) => level === "fail") ? 1 : 0;
}

/** Shorter values than this are words like "test": hiding them would only garble the text. */
const secretMin = 12;

function passwordIn(url: string | undefined): string[] {
  const written = /:\/\/[^/]*?:(.*)@/.exec(url ?? "")?.[1];
  if (written === undefined) return [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}

function secretsIn(environment: Environment): string[] {
  const tokens = [environment["LONGSHORE_READ_TOKENS"], environment["LONGSHORE_ADMIN_TOKENS"]];
  return [
    environment["AWS_SECRET_ACCESS_KEY"] ?? "",
    environment["AWS_SESSION_TOKEN"] ?? "",
    environment["LONGSHORE_TOKEN"] ?? "",
    ...tokens.flatMap((list) => (list ?? "").split(",").map((token) => token.trim())),
    ...passwordIn(environment["REDIS_URL"]),
  ].filter((secret) => secret.length >= secretMin);
}

/** Takes the secrets of the environment, and the user part of any URL, out of a text; makes it one line. */
export function redactor(environment: Environment): (text: string) => string {
  const secrets = secretsIn(environment);
  return (text) =>
    secrets
      .reduce((hidden, secret) => hidden.replaceAll(secret, "***"), text)
      .replace(/:\/\/[^@/\s]*@/g, "://***@")
      .replace(/\s+/g, " ")
      .replace(/\p{Cc}/gu, "");
}

export function redactFinding(finding: Finding, redact: (text: string) => string): Finding {
  const { level, what, detail, fix } = finding;
  return {
    level,
    what: redact(what),
    detail: redact(detail),
    ...(fix === undefined ? {} : { fix: redact(fix) }),
  };
}
