// Attributes of a container instance as a stored record has them. Pure.

/** The fifth part of a record is the attributes as ECS lists them. */
export function attributesOf(record: string): Map<string, string | undefined> {
  const [, , , , attributes] = record.split("\n");
  const known: readonly { name: string; value?: string }[] = attributes
    ? JSON.parse(attributes)
    : [];
  return new Map(known.map(({ name, value }) => [name, value]));
}
