// What goes wrong for a user of the client: one line that says what to do, and the exit code for scripts.

/** Exit codes of every client command. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  notAllowed: 5,
  unavailable: 6,
  timeout: 7,
  rolloutFailed: 8,
  different: 9,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * Where a failure lies. `unreachable` and `lost` come from the network and may pass; `answered` is the API's own
 * word with its code; `usage` is the command line; `here` is what became of the command itself.
 */
export type FailureKind = "unreachable" | "lost" | "answered" | "usage" | "here";

/** A failure to tell a person about: the message is complete, no stack is needed. */
export class ClientFailure extends Error {
  override readonly name = "ClientFailure";
  readonly kind: FailureKind;
  /** `extensions.code` of the API's error, or a code of ours. */
  readonly code: string;

  constructor(kind: FailureKind, code: string, message: string) {
    super(message);
    this.kind = kind;
    this.code = code;
  }
}

/** A command line that cannot be carried out. */
export function usageFailure(message: string): ClientFailure {
  return new ClientFailure("usage", "USAGE", message);
}

const exitCodeOfCode: Readonly<Record<string, ExitCode>> = {
  USAGE: exitCodes.usage,
  BAD_USER_INPUT: exitCodes.usage,
  NOT_FOUND: exitCodes.notFound,
  CONFLICT: exitCodes.conflict,
  UNAUTHENTICATED: exitCodes.notAllowed,
  FORBIDDEN: exitCodes.notAllowed,
  UNREACHABLE: exitCodes.unavailable,
  CONNECTION_LOST: exitCodes.unavailable,
  UNAVAILABLE: exitCodes.unavailable,
  RATE_LIMITED: exitCodes.unavailable,
  TIMEOUT: exitCodes.timeout,
  ROLLOUT_FAILED: exitCodes.rolloutFailed,
  DIFFERENT: exitCodes.different,
  INTERRUPTED: exitCodes.interrupted,
};

export function exitCodeOf(failure: ClientFailure): ExitCode {
  return exitCodeOfCode[failure.code] ?? exitCodes.failure;
}

/** The line on stderr. */
export function describeFailure({ kind, code, message }: ClientFailure): string {
  return kind === "answered" ? `longshore: ${message} (${code})` : `longshore: ${message}`;
}
