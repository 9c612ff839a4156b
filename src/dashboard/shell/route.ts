// Where the page is, as text behind the address's #: `#/tasks/<arn>?q=web`. Pure: reads and writes that text only.
// A token never goes in here.

/** A place: `path` names a page and what it shows, `query` how it is shown. Neither is encoded. */
export interface Route {
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Somebody typed a lone %: it stands for itself.
    return text;
  }
}

/** The place that an address's hash names; the first page for anything that is none of ours. */
export function parseRoute(hash: string): Route {
  const text = hash.startsWith("#/") ? hash.slice(2) : "";
  const mark = text.indexOf("?");
  const path = mark < 0 ? text : text.slice(0, mark);
  const search = new URLSearchParams(mark < 0 ? "" : text.slice(mark + 1));
  // An entry may have any name, that of an object's own parts as well.
  const query = Object.fromEntries([...search].filter(([, value]) => value !== ""));
  return { path: path.split("/").filter(Boolean).map(decode), query };
}

/** Everything but what would end a part of the path; colons of ARNs stay readable. */
const encode = (part: string) => encodeURIComponent(part).replaceAll("%3A", ":");

/** The hash for a place, `#` included. Members of `query` that are undefined or empty are left out. */
export function formatRoute(
  path: readonly string[],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== "") search.set(name, value);
  const text = search.toString();
  return `#/${path.map(encode).join("/")}${text === "" ? "" : `?${text}`}`;
}

/** Whether two places are the same page showing the same thing. */
export const isSamePage = (a: Route, b: Route): boolean =>
  a.path.length === b.path.length && a.path.every((part, index) => part === b.path[index]);

export const links = {
  fleet: formatRoute([]),
  cluster: (arn: string) => formatRoute(["clusters", arn]),
  instances: (query: Readonly<Record<string, string | undefined>> = {}) =>
    formatRoute(["instances"], query),
  instance: (arn: string) => formatRoute(["instances", arn]),
  tasks: (query: Readonly<Record<string, string | undefined>> = {}) =>
    formatRoute(["tasks"], query),
  task: (arn: string) => formatRoute(["tasks", arn]),
  endpoints: (query: Readonly<Record<string, string | undefined>> = {}) =>
    formatRoute(["endpoints"], query),
  daemons: formatRoute(["daemons"]),
  daemon: (cluster: string, name: string) => formatRoute(["daemons", cluster, name]),
  failures: (query: Readonly<Record<string, string | undefined>> = {}) =>
    formatRoute(["failures"], query),
};
