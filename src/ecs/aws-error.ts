// What AWS errors are called. Pure.
import { isObject } from "./json.ts";

/** The error name that AWS gave, such as `ClusterNotFoundException`; undefined for an error that is not AWS's. */
export function awsErrorName(error: unknown): string | undefined {
  return isObject(error) && typeof error["name"] === "string" ? error["name"] : undefined;
}
