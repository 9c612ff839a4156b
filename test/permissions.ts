// The table of permissions in the guide to operations, for tests that hold it against templates and doctor.
import { readFileSync } from "node:fs";

export interface GuidePermission {
  /** As in a policy: `ecs:ListTasks`. */
  readonly action: string;
  /** Names of roles of `serve`. */
  readonly roles: readonly string[];
}

export function permissionsInGuide(): readonly GuidePermission[] {
  const guide = readFileSync(new URL("../docs/operations.md", import.meta.url), "utf8");
  const rows = guide.matchAll(/^\| `([a-z0-9]+:[A-Z]\w+)` \| ([a-z, ]+) \|/gm);
  return [...rows].map(([, action = "", roles = ""]) => ({ action, roles: roles.split(", ") }));
}
