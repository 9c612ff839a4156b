// Which region the SDK will call, and who said so. Judges; the caller asks the SDK.
import type { Environment } from "../config.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";

const regionPattern = /^[a-z]{2}(-[a-z]+){1,3}-\d{1,2}$/;

/** `region` is what the SDK resolved; undefined when it found none. */
export function judgeRegion(region: string | undefined, environment: Environment): Finding {
  const what = "region";
  if (!region) {
    const ignored = environment["AWS_DEFAULT_REGION"];
    return fail(
      what,
      ignored
        ? `AWS_REGION is not set, and AWS_DEFAULT_REGION (${ignored}) is a setting of the AWS CLI that this SDK does not read`
        : `AWS_REGION is not set, and profile "${profileOf(environment)}" has no region`,
      `set AWS_REGION to the region of the clusters and the queue${ignored ? `: AWS_REGION=${ignored}` : ""}`,
    );
  }
  const source = environment["AWS_REGION"]
    ? "from AWS_REGION"
    : `from profile "${profileOf(environment)}"`;
  return regionPattern.test(region)
    ? ok(what, `${region}, ${source}`)
    : warn(
        what,
        `"${region}" (${source}) does not look like a region`,
        "check the spelling, such as eu-west-1",
      );
}

export function profileOf(environment: Environment): string {
  return environment["AWS_PROFILE"] || "default";
}

const regionInHost = [
  /^(?:[\w-]+\.)?sqs(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws|vpce\.amazonaws\.com)$/,
  /^([a-z0-9-]+)\.queue\.amazonaws\.com(?:\.cn)?$/,
];

/** The region that the URL of a queue names; undefined when its host is not one of AWS's. */
export function regionOfQueueUrl(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  if (hostname === "queue.amazonaws.com") return "us-east-1";
  for (const pattern of regionInHost) {
    const region = pattern.exec(hostname)?.[1];
    if (region !== undefined) return region;
  }
  return undefined;
}
