// Custom scalars. Times travel as milliseconds inside and as ISO 8601 outside.
import { GraphQLScalarType } from "graphql";

/** Milliseconds since the epoch as the API writes them; undefined stays null. */
export function isoTime(at: number): string;
export function isoTime(at: number | undefined): string | null;
export function isoTime(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

const passThrough = (name: string) => new GraphQLScalarType({ name });

export const scalars = {
  DateTime: passThrough("DateTime"),
  JSON: passThrough("JSON"),
  TaskStatus: passThrough("TaskStatus"),
};
