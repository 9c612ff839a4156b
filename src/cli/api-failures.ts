// The failures of one API, worded for the person who called it: with its address, and with what to do.
import { isObject, number, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import { ClientFailure } from "./failure.ts";

/** Code of a network error, which fetch wraps and Node.js may wrap again. */
export function networkCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? error.message : networkCode(error.cause);
}

const notKnown = " Whether the change was made is not known: look before you repeat it.";

export type Failures = ReturnType<typeof failuresOf>;

/** The failures of one API, worded with its address and with whether a token was sent. */
export function failuresOf(url: string, hasToken: boolean) {
  const unauthenticated = () =>
    new ClientFailure(
      "answered",
      "UNAUTHENTICATED",
      hasToken
        ? `the API at ${url} does not accept the token: set LONGSHORE_TOKEN to one of the API's LONGSHORE_READ_TOKENS or LONGSHORE_ADMIN_TOKENS.`
        : `the API at ${url} wants a token: set LONGSHORE_TOKEN to one.`,
    );
  const answered = (error: JsonObject): ClientFailure => {
    const extensions = error["extensions"];
    const code = (isObject(extensions) && text(extensions, "code")) || "INTERNAL_SERVER_ERROR";
    if (code === "UNAUTHENTICATED") return unauthenticated();
    const message = text(error, "message") ?? "the API says no reason.";
    const older = code === "GRAPHQL_VALIDATION_FAILED";
    return new ClientFailure(
      "answered",
      code,
      older
        ? `${message} Is the API at ${url} of another version of Longshore than this command?`
        : message,
    );
  };
  const unreachable = (reason: string, mayHaveChanged = false): ClientFailure => {
    const refused = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH/.test(reason);
    const unknown = mayHaveChanged && !refused ? notKnown : "";
    if (/CERT|SIGNED|ISSUER/.test(reason))
      return new ClientFailure(
        "unreachable",
        "UNREACHABLE",
        `the certificate of the API at ${url} is not trusted here (${reason}): set NODE_EXTRA_CA_CERTS to the file of its CA, in PEM.`,
      );
    return new ClientFailure(
      "unreachable",
      "UNREACHABLE",
      `the API cannot be reached at ${url} (${reason}). Start it with "longshore serve api" or "npm start", or say where it is with --url or LONGSHORE_URL.${unknown}`,
    );
  };
  const lost = (reason: string) =>
    new ClientFailure(
      "lost",
      "CONNECTION_LOST",
      `the connection to the API at ${url} ended: ${reason}.`,
    );
  const late = (seconds: number, mayHaveChanged: boolean): ClientFailure =>
    new ClientFailure(
      "unreachable",
      "TIMEOUT",
      `the API at ${url} gave no answer within ${seconds} s: look at its /readyz, or give it longer with --timeout.${mayHaveChanged ? notKnown : ""}`,
    );
  return {
    answered,
    late,
    unreachable,
    lost,
    notLongshore: (status: number) =>
      new ClientFailure(
        "answered",
        "NO_ANSWER",
        `what answers at ${url} is not Longshore's API (HTTP status ${status}): say where it is with --url or LONGSHORE_URL.`,
      ),
    /** From what graphql-ws hands over: errors of the API, a close event, or an error of the network. */
    ofSocket: (error: unknown): ClientFailure => {
      if (Array.isArray(error)) {
        const first: unknown = error[0];
        return answered(isObject(first) ? { ...first } : {});
      }
      if (!isObject(error)) return lost(String(error));
      const code = number(error, "code");
      if (code === 4401 || code === 4403) return unauthenticated();
      if (code !== undefined) return lost(`${text(error, "reason") ?? "closed"} (${code})`);
      const cause = error["error"] ?? error;
      return unreachable(
        networkCode(cause instanceof Error ? cause : (text(error, "message") ?? "no reason given")),
      );
    },
  };
}
