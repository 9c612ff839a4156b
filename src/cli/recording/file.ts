// The file that `record` writes and `replay` reads: a JSON object a line, of when a message came and what it said. Pure
// reading and writing of lines; what a message means is not looked at.
import { isObject, text } from "../../ecs/json.ts";
import type { JsonObject } from "../../ecs/json.ts";

/** One message: an event, or whatever was in the queue. */
export interface Recorded {
  /** Milliseconds since the epoch; undefined when the line does not say. */
  readonly at: number | undefined;
  /** As it is to be sent: SQS's body. */
  readonly body: string;
}

/** A line for an event that we know: readable by people and by jq. */
export function eventLine(at: string, event: JsonObject): string {
  return `${JSON.stringify({ at, event })}\n`;
}

/** A line for a message as it came: its text is kept to the letter, 64-bit versions and nonsense included. */
export function messageLine(at: string, body: string): string {
  return `${JSON.stringify({ at, body })}\n`;
}

const timeOf = (object: JsonObject, name: string): number | undefined => {
  const at = Date.parse(text(object, name) ?? "");
  return Number.isNaN(at) ? undefined : at;
};

/**
 * Reads a line: ours, or an event of EventBridge as it is. Undefined for an empty one; a text for one that cannot be
 * used says why.
 */
export function readLine(line: string): Recorded | string | undefined {
  if (line.trim() === "") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return "it is not JSON";
  }
  if (!isObject(value)) return "it is no JSON object";
  const { body, event } = value;
  if (typeof body === "string") return { at: timeOf(value, "at"), body };
  if (isObject(event)) return { at: timeOf(value, "at"), body: JSON.stringify(event) };
  // The line itself: reading it as JSON may have rounded a version.
  if (text(value, "detail-type") !== undefined) return { at: timeOf(value, "time"), body: line };
  return 'it has neither "event" nor "body", and is no event itself';
}
