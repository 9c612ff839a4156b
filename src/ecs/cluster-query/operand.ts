// The literal values that conditions compare with: text, counts, versions and dates. Pure reading and
// ordering; never looks at an instance.

/** Numeric parts, most significant first, and the part after a hyphen (empty for a release). */
export interface Version {
  readonly parts: readonly number[];
  readonly prerelease: string;
}

/** An argument as written (`text`) and as it is compared. Dates are milliseconds since the epoch. */
export type Operand =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "count"; readonly text: string; readonly count: number }
  | { readonly type: "version"; readonly text: string; readonly version: Version }
  | { readonly type: "date"; readonly text: string; readonly at: number };

const versionPattern = /^v?(\d{1,9}(?:\.\d{1,9}){0,7})(?:-([\w.-]{1,64}))?(?:\+[\w.-]{0,64})?$/;

/** `1.14.5`, `v1.86`, `1.87.0-rc1`; undefined for anything else. */
export function parseVersion(text: string): Version | undefined {
  const match = versionPattern.exec(text);
  if (!match) return undefined;
  const parts = (match[1] ?? "").split(".").map(Number);
  return { parts, prerelease: match[2] ?? "" };
}

/** Below zero when `a` is older. Missing parts are zero; a pre-release is older than its release. */
export function compareVersions(a: Version, b: Version): number {
  for (let i = 0; i < Math.max(a.parts.length, b.parts.length); i += 1) {
    const difference = (a.parts[i] ?? 0) - (b.parts[i] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.prerelease === b.prerelease) return 0;
  if (a.prerelease === "") return 1;
  if (b.prerelease === "") return -1;
  return a.prerelease < b.prerelease ? -1 : 1;
}

const datePattern =
  /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?)?$/;

/**
 * `2018-06-18`, `2018-06-18T22:28:28`, the same with `Z` or an offset, as milliseconds since the epoch.
 * UTC when no offset is given. A fraction is dropped: ECS compares whole seconds at best.
 */
export function parseDate(text: string): number | undefined {
  const match = datePattern.exec(text);
  if (!match) return undefined;
  const [, day = "", time = "00:00:00", offset = "Z"] = match;
  const utc = Date.parse(`${day}T${time}Z`);
  const at = Date.parse(`${day}T${time}${offset}`);
  if (Number.isNaN(utc) || Number.isNaN(at)) return undefined;
  // The engine takes the 31st of February for a day in March: such a date must not pass.
  return new Date(utc).toISOString().startsWith(`${day}T${time}`) ? at : undefined;
}

const decimal = /^-?\d{1,15}(?:\.\d{1,15})?$/;

/** Order of two attribute values: as numbers when both are plain decimals, else by UTF-16 code unit. */
export function compareTexts(a: string, b: string): number {
  if (decimal.test(a) && decimal.test(b)) return Number(a) - Number(b);
  return a === b ? 0 : a < b ? -1 : 1;
}
