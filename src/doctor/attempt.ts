// Tries one permission by one call and says how it went. The call must change nothing.
import type { Clock } from "../clock.ts";
import type { Environment } from "../config.ts";
import { within } from "./deadline.ts";
import { classify, remedy } from "./fault.ts";
import type { Fault, Service } from "./fault.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";

export interface Surroundings {
  readonly clock: Clock;
  readonly environment: Environment;
  readonly region: string;
  /** Whose policy a missing permission goes into, in words. */
  readonly principal: string;
  /** `arn:PARTITION:SERVICE:REGION:ACCOUNT` without the service, to name resources; undefined when unknown. */
  readonly account: string | undefined;
}

export interface Permission {
  readonly service: Service;
  /** As in a policy: `ecs:ListTasks`. */
  readonly action: string;
  /** An ARN or its pattern, as in a policy. */
  readonly resource: string;
  /** What Longshore cannot do without it. */
  readonly without: string;
  /** Longshore runs without it. */
  readonly optional?: boolean;
}

export interface Attempt<T> {
  readonly finding: Finding;
  /** What the call answered; undefined when it failed. */
  readonly answer: T | undefined;
  /** Undefined when the call was answered, or refused for a reason that proves the permission. */
  readonly fault: Fault | undefined;
}

/** `arn:aws:sqs:eu-west-1:111122223333:NAME`, with stars for what is not known. */
export function arnFor(
  { region, account }: Surroundings,
  service: "sqs" | "ecs",
  resource: string,
): string {
  const partition = region.startsWith("cn-")
    ? "aws-cn"
    : region.startsWith("us-gov-")
      ? "aws-us-gov"
      : "aws";
  return `arn:${partition}:${service}:${region}:${account ?? "*"}:${resource}`;
}

/** The words for a permission that was refused or could not be tried. */
export function judgeFault(
  fault: Fault,
  permission: Permission,
  { environment, principal }: Surroundings,
): Finding {
  const { action, resource, service, without, optional = false } = permission;
  // Being throttled says nothing about the permission.
  const say = optional || fault.kind === "throttled" ? warn : fail;
  const what = `permission ${action}`;
  return fault.kind === "denied"
    ? say(
        what,
        `denied on ${resource}; without it ${without}`,
        `allow ${action} on ${resource} in the policy of ${principal}`,
      )
    : say(what, `could not be tried: ${fault.said}`, remedy(fault, service, environment));
}

/**
 * Tries a permission. `proves` tells a refusal that only a caller with the permission gets;
 * `detail` says what was done.
 */
export async function attempt<T>(
  surroundings: Surroundings,
  permission: Permission,
  detail: string,
  call: (abortSignal: AbortSignal) => Promise<T>,
  proves: (fault: Fault) => boolean = () => false,
): Promise<Attempt<T>> {
  const granted = ok(`permission ${permission.action}`, detail);
  try {
    const answer = await within(surroundings.clock, call);
    return { finding: granted, answer, fault: undefined };
  } catch (error) {
    const fault = classify(error);
    if (proves(fault)) return { finding: granted, answer: undefined, fault: undefined };
    return { finding: judgeFault(fault, permission, surroundings), answer: undefined, fault };
  }
}
