// Groups the reasons that tasks stopped for: the same failure of two tasks gives the same text. Pure.

/** Reasons are cut here before and after: ECS allows 1024 characters, a digest needs fewer. */
const readMax = 2000;
const reasonMax = 500;

// In this order: an ARN holds ids, an id holds numbers. What is read is bounded, and so is their work.
const replacements: readonly (readonly [RegExp, string])[] = [
  [/\barn:aws[\w-]*:[\w-]*:[\w-]*:\d*:[^\s,;)\]}"']*[^\s,;:.)\]}"']/g, "<arn>"],
  [/\bsha(?:256|512):[0-9a-f]{16,128}/gi, "<digest>"],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, "<id>"],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, "<time>"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?:\/\d{1,2})?\b/g, "<ip>"],
  [/\[[0-9a-f:]{2,39}\](?::\d{1,5})?/gi, "<ip>"],
  // IPv6 has a double colon or seven single ones; five are a MAC address, two a time of day.
  [/(?<![\w:])(?=[0-9a-f:]*::|(?:[0-9a-f]{1,4}:){5,7}[0-9a-f])[0-9a-f:]{3,39}(?![\w:])/gi, "<ip>"],
  [/\b(ecs-svc)\/\d+/g, "$1/<id>"],
  // AWS resource ids: i-0ab..., eni-0ab..., subnet-..., mi-...
  [/\b(?:[a-z]{1,12}-)(?=[0-9a-f]*\d)[0-9a-f]{8,32}\b/g, "<id>"],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{12,128}\b/gi, "<id>"],
  // Numbers that stand alone or before a unit; not the digit in a name such as s3 or x86.
  [/(?<![\w<])\d+(?:\.\d+)*(?=(?:ns|us|ms|s|m|h|[KMGT]i?B|%)?(?!\w))/g, "<n>"],
];

/**
 * A stopped reason (or a container's) with what differs from task to task replaced: `<arn>`, `<id>`,
 * `<digest>`, `<ip>`, `<time>`, `<n>`. For counting like with like, not for showing as ECS's own words.
 * Idempotent; at most 500 characters.
 */
export function normalizeReason(text: string): string {
  let reason = text.slice(0, readMax);
  for (const [pattern, placeholder] of replacements) reason = reason.replace(pattern, placeholder);
  return reason.replace(/\s+/g, " ").trim().slice(0, reasonMax).trimEnd();
}
