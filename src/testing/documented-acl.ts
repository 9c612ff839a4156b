// The rights of Longshore's user as the guide to operations gives them. Only for tests.
import { readFileSync } from "node:fs";

export function documentedAcl(): string {
  const guide = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
  const [, rule] = /^ACL SETUSER longshore on '>PASSWORD' ([^`]+?)\n```/m.exec(guide) ?? [];
  if (rule === undefined) throw new Error("docs/operations.md has no ACL rule");
  return rule.replace(/\\\n/g, " ").replace(/'/g, "").replace(/\s+/g, " ").trim();
}
