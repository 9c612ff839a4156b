// Custom scalars. Times travel as milliseconds inside and as ISO 8601 outside.
import { GraphQLError, GraphQLScalarType, Kind } from "graphql";

/** Milliseconds since the epoch as the API writes them; undefined stays null. */
export function isoTime(at: number): string;
export function isoTime(at: number | undefined): string | null;
export function isoTime(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

const passThrough = (name: string) => new GraphQLScalarType({ name });

/** A word of ECS. Written like an enum value or as a string, and never refused for being new. */
function word(name: string): GraphQLScalarType {
  const read = (value: unknown): string => {
    if (typeof value === "string") return value;
    throw new GraphQLError(`${name} is a word, such as RUNNING, and not ${JSON.stringify(value)}.`);
  };
  return new GraphQLScalarType({
    name,
    serialize: read,
    parseValue: read,
    parseLiteral: (literal) => {
      if (literal.kind === Kind.STRING || literal.kind === Kind.ENUM) return literal.value;
      throw new GraphQLError(`${name} is a word, such as RUNNING.`, { nodes: literal });
    },
  });
}

export const scalars = {
  DateTime: passThrough("DateTime"),
  JSON: passThrough("JSON"),
  TaskStatus: word("TaskStatus"),
  ContainerInstanceStatus: word("ContainerInstanceStatus"),
  DesiredStatus: word("DesiredStatus"),
  LaunchType: word("LaunchType"),
  HealthStatus: word("HealthStatus"),
};
