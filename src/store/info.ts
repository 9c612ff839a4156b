// Reads what Redis tells of itself by INFO. Pure.

/** Its members by name. */
export type Info = ReadonlyMap<string, string>;

export function infoOf(text: string): Info {
  const members = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0 && !line.startsWith("#"))
      members.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return members;
}
