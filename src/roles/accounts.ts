// The file of other accounts, read once at the start. What is wrong with it is told to whoever wrote it.
import { readFileSync } from "node:fs";
import { ConfigError } from "../config.ts";
import type { Config } from "../config.ts";
import { readAccountEntries } from "../ecs/accounts.ts";
import type { AccountEntry } from "../ecs/accounts.ts";

export function readAccounts({
  accounts,
  accountsFile,
}: Pick<Config, "accounts" | "accountsFile">): readonly AccountEntry[] {
  if (accounts === undefined && accountsFile === undefined) return [];
  const name = accounts === undefined ? "LONGSHORE_ACCOUNTS_FILE" : "LONGSHORE_ACCOUNTS";
  let text = accounts ?? "";
  try {
    if (accounts === undefined) text = readFileSync(accountsFile ?? "", "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${name} is ${accountsFile}, which cannot be read: ${reason}`);
  }
  const read = readAccountEntries(text);
  if ("entries" in read) return read.entries;
  throw new ConfigError(`${name}${accountsFile ? ` (${accountsFile})` : ""}: ${read.problem}.`);
}
