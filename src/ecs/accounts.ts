// Which other accounts and regions Longshore reads and changes, as people write it down: a list in YAML or JSON, each
// entry with the role to assume there. Pure: reads a text, no file.
import { parse } from "yaml";
import { isObject } from "./json.ts";

/** An account with the regions that are read there. */
export interface AccountEntry {
  /** Twelve digits. */
  readonly account: string;
  /** The role to assume; undefined for this process's own credentials, for further regions of their account. */
  readonly roleArn: string | undefined;
  /** What the role's trust policy may ask for. */
  readonly externalId: string | undefined;
  readonly regions: readonly string[];
}

const members = new Set(["account", "roleArn", "externalId", "regions"]);

/** The entries, or in one sentence what is wrong with the text, and with which entry. */
export function readAccountEntries(
  text: string,
): { readonly entries: readonly AccountEntry[] } | { readonly problem: string } {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    return { problem: `it is neither YAML nor JSON: ${first}` };
  }
  const list = isObject(value) && "accounts" in value ? value["accounts"] : value;
  if (!Array.isArray(list) || list.length === 0)
    return { problem: "it takes a list of accounts, each with account, regions and roleArn" };
  const entries: AccountEntry[] = [];
  for (const [index, each] of list.entries()) {
    const entry = readEntry(each);
    if (typeof entry === "string") return { problem: `entry ${index + 1} ${entry}` };
    const twice = entry.regions.find((region) =>
      entries.some((other) => other.account === entry.account && other.regions.includes(region)),
    );
    if (twice !== undefined)
      return { problem: `entry ${index + 1} names ${entry.account} ${twice} once more` };
    entries.push(entry);
  }
  return { entries };
}

function readEntry(value: unknown): AccountEntry | string {
  if (!isObject(value)) return "is no list of members";
  const unknown = Object.keys(value).find((name) => !members.has(name));
  if (unknown !== undefined) return `has "${unknown}": it takes ${[...members].join(", ")}`;
  const { account, roleArn, externalId, regions } = value;
  if (typeof account !== "string" || !/^\d{12}$/.test(account))
    return 'has no account of twelve digits in quotes, such as account: "111122223333"';
  if (!Array.isArray(regions) || regions.length === 0)
    return "has no list of regions, such as regions: [eu-west-1]";
  const names = regions.filter(
    (region) => typeof region === "string" && /^[a-z0-9-]+$/.test(region),
  );
  if (names.length < regions.length)
    return "has a region that is none: it takes eu-west-1 and the like";
  const isRole =
    typeof roleArn === "string" &&
    new RegExp(`^arn:aws[a-z-]*:iam::${account}:role/`).test(roleArn);
  if (roleArn !== undefined && !isRole)
    return `has a roleArn that is no role of its account: it takes arn:aws:iam::${account}:role/NAME`;
  if (externalId !== undefined && typeof externalId !== "string")
    return "has an externalId that is no text";
  return {
    account,
    roleArn: typeof roleArn === "string" ? roleArn : undefined,
    externalId: typeof externalId === "string" ? externalId : undefined,
    regions: names,
  };
}
