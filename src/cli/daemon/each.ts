// One document of a file after the other: what the API refuses of one is told with its place, and the others are done.
import { text } from "../../ecs/json.ts";
import { ClientFailure, describeFailure } from "../failure.ts";
import type { Terminal } from "../terminal.ts";
import type { DaemonDocument } from "./file.ts";

/** What is wrong with one document, and may be right with the next. Anything else would meet the next one as well. */
const ofOne = new Set([
  "BAD_USER_INPUT",
  "NOT_FOUND",
  "CONFLICT",
  "INTERNAL_SERVER_ERROR",
  "USAGE",
]);

export interface Done<Result> {
  readonly results: readonly Result[];
  /** To be thrown when nothing is left to do; undefined when all went well. */
  readonly failure: ClientFailure | undefined;
}

const placeOf = ({ input, where }: DaemonDocument): string =>
  [where, text(input, "name")].filter((part) => part !== undefined).join(" ");

const placed = ({ kind, code, message }: ClientFailure, document: DaemonDocument) =>
  new ClientFailure(kind, code, `${placeOf(document)}: ${message}`);

/** The sum of it all, with the code of the first failure. */
function summary(
  documents: readonly DaemonDocument[],
  failed: readonly (readonly [DaemonDocument, ClientFailure])[],
  left: readonly DaemonDocument[],
): ClientFailure {
  const done = documents.length - failed.length - left.length;
  const places = (some: readonly DaemonDocument[]) => some.map(placeOf).join(", ");
  const parts = [
    `${done} of ${documents.length} daemons done`,
    `failed: ${places(failed.map(([document]) => document))}`,
    ...(left.length > 0 ? [`not tried: ${places(left)}`] : []),
  ];
  return new ClientFailure("here", failed[0]?.[1].code ?? "FAILED", `${parts.join("; ")}.`);
}

/** Acts on each document in order, and goes on behind one that is refused. Says on stderr which those are, and why. */
export async function forEachDocument<Result>(
  documents: readonly DaemonDocument[],
  act: (document: DaemonDocument) => Promise<Result>,
  terminal: Terminal,
): Promise<Done<Result>> {
  const results: Result[] = [];
  const failed: [DaemonDocument, ClientFailure][] = [];
  for (const [index, document] of documents.entries()) {
    try {
      results.push(await act(document));
    } catch (error) {
      if (!(error instanceof ClientFailure)) throw error;
      const failure = placed(error, document);
      if (documents.length === 1) return { results, failure };
      terminal.note(describeFailure(failure));
      failed.push([document, failure]);
      if (!ofOne.has(error.code))
        return { results, failure: summary(documents, failed, documents.slice(index + 1)) };
    }
  }
  return { results, failure: failed.length > 0 ? summary(documents, failed, []) : undefined };
}
