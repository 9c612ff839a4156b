// Reading unknown JSON with care: every getter answers undefined for a member that is absent or of another type.

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A string that is not empty. */
export function text(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function number(object: JsonObject, name: string): number | undefined {
  const value = object[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The objects of a list; anything else in it is passed over, and an absent list is an empty one. */
export function objects(object: JsonObject, name: string): readonly JsonObject[] {
  const value = object[name];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function strings(object: JsonObject, name: string): readonly string[] {
  const value = object[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** The year 9999: what comes later is no time that anybody meant, and would not be written as plain digits. */
const latestTime = 253_402_300_799_999;

/**
 * A time as milliseconds since the epoch. Events carry ISO 8601 with 0 to 9 fraction digits,
 * the API epoch seconds with a fraction, the SDK a Date.
 */
export function time(object: JsonObject, name: string): number | undefined {
  const value = object[name];
  const at =
    typeof value === "number"
      ? Math.round(value * 1000)
      : value instanceof Date
        ? value.getTime()
        : typeof value === "string"
          ? Date.parse(value)
          : NaN;
  return at >= 0 && at <= latestTime ? at : undefined;
}
