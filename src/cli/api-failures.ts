// The failures of one API, worded for the person who called it: with its address, and with what to do.
import { LongshoreError } from "../client/errors.ts";
import { ClientFailure } from "./failure.ts";

const notKnown = " Whether the change was made is not known: look before you repeat it.";

/** What the API advises whoever speaks GraphQL to it. */
const askForClusters = "ask clusters { nodes { name } }";

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
  const answered = ({ code, message }: LongshoreError): ClientFailure => {
    if (code === "UNAUTHENTICATED") return unauthenticated();
    if (code === "NO_ANSWER")
      return new ClientFailure(
        "answered",
        code,
        `${message}: say where it is with --url or LONGSHORE_URL.`,
      );
    const older = code === "GRAPHQL_VALIDATION_FAILED";
    return new ClientFailure(
      "answered",
      code,
      older
        ? `${message} Is the API at ${url} of another version of Longshore than this command?`
        : message.replace(askForClusters, "longshore get clusters lists them"),
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
  const late = (reason: string, mayHaveChanged: boolean): ClientFailure =>
    new ClientFailure(
      "unreachable",
      "TIMEOUT",
      `the API at ${url} gave ${reason}: look at its /readyz, or give it longer with --timeout.${mayHaveChanged ? notKnown : ""}`,
    );
  return {
    /** What the client rejected with, as a failure to tell; anything else as it is. `isChange`: it was a mutation. */
    of: (error: unknown, isChange = false): unknown => {
      if (!(error instanceof LongshoreError)) return error;
      if (error.kind === "answered") return answered(error);
      if (error.code === "TIMEOUT") return late(error.reason, isChange);
      if (error.kind === "unreachable") return unreachable(error.reason, isChange);
      return new ClientFailure("lost", error.code, `${error.message}.`);
    },
  };
}
