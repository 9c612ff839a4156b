// What goes wrong between a program and the API, as one class with a code. Says nothing of what a program should print.

/** An object of an answer, before anybody looked at it. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Where a failure lies: `answered` is the API's own word, with its code; `unreachable` and `lost` are the network's,
 * before and during an answer.
 */
export type FailureKind = "answered" | "unreachable" | "lost";

/** Codes of the API that another try may not meet again. */
const passing = new Set(["UNAVAILABLE", "RATE_LIMITED", "INTERNAL_SERVER_ERROR"]);

/**
 * Everything that the client rejects with, but for mistakes in a call, which are TypeErrors.
 *
 * `code` is the API's `extensions.code` (BAD_USER_INPUT, NOT_FOUND, CONFLICT, UNAUTHENTICATED, FORBIDDEN,
 * CURSOR_EXPIRED, RATE_LIMITED, UNAVAILABLE), or one of the client's: UNREACHABLE, TIMEOUT, CONNECTION_LOST, NO_ANSWER
 * (what answers is not Longshore).
 */
export class LongshoreError extends Error {
  override readonly name = "LongshoreError";
  readonly kind: FailureKind;
  readonly code: string;
  /** The reason alone: the network's code, or the API's message. */
  readonly reason: string;

  constructor(kind: FailureKind, code: string, reason: string, message = reason) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.reason = reason;
  }

  /** Whether another try may succeed. */
  get mayPass(): boolean {
    return this.kind !== "answered" || passing.has(this.code);
  }
}

/** Code of a network error, which fetch wraps and Node.js may wrap again. */
function networkCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? error.message : networkCode(error.cause);
}

export function unreachable(url: string, error: unknown): LongshoreError {
  const reason = networkCode(error);
  const message = `the API cannot be reached at ${url} (${reason})`;
  return new LongshoreError("unreachable", "UNREACHABLE", reason, message);
}

export function late(url: string, timeoutMs: number): LongshoreError {
  const reason = `no answer within ${timeoutMs / 1000} s`;
  return new LongshoreError("unreachable", "TIMEOUT", reason, `the API at ${url}: ${reason}`);
}

export function notLongshore(url: string, status: number): LongshoreError {
  const reason = `HTTP status ${status}`;
  const message = `what answers at ${url} is not Longshore's API (${reason})`;
  return new LongshoreError("answered", "NO_ANSWER", reason, message);
}

export function lost(url: string, reason: string): LongshoreError {
  const message = `the connection to the API at ${url} ended: ${reason}`;
  return new LongshoreError("lost", "CONNECTION_LOST", reason, message);
}

/** The first error of a GraphQL answer. */
export function answered(error: unknown): LongshoreError {
  const { message, extensions } = isFields(error) ? error : {};
  const code = isFields(extensions) ? extensions["code"] : undefined;
  return new LongshoreError(
    "answered",
    typeof code === "string" ? code : "INTERNAL_SERVER_ERROR",
    typeof message === "string" ? message : "the API says no reason.",
  );
}

/** From what graphql-ws hands over: errors of the API, a close event, or an error of the network. */
export function ofSocket(url: string, error: unknown): LongshoreError {
  if (Array.isArray(error)) return answered(error[0]);
  if (error instanceof LongshoreError) return error;
  if (typeof error !== "object" || error === null) return lost(url, String(error));
  const { code, reason, message, error: cause }: Fields = { ...error, ...closeEvent(error) };
  const said = typeof reason === "string" ? reason : "";
  if (code === 4401 || code === 4403)
    return new LongshoreError("answered", "UNAUTHENTICATED", said || "no good token");
  if (typeof code === "number") return lost(url, `${said || "closed"} (${code})`);
  return unreachable(url, error instanceof Error ? error : (cause ?? message ?? "no reason given"));
}

/** The members of a browser's close event are its prototype's, which spreading passes over. */
function closeEvent(event: object): Fields {
  return "code" in event && "reason" in event ? { code: event.code, reason: event.reason } : {};
}
