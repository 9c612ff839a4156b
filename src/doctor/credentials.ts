// Whose credentials the SDK finds, where, and which account and role they stand for. Never shows a key.
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { STSClient } from "@aws-sdk/client-sts";
import type { Clock } from "../clock.ts";
import type { Environment } from "../config.ts";
import { isObject } from "../ecs/json.ts";
import { within } from "./deadline.ts";
import { classify, remedy } from "./fault.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { profileProblem, readProfiles } from "./profile.ts";
import { profileOf } from "./region.ts";

/** Who calls, for sentences such as `allow it in the policy of role deploy`. */
export interface Identity {
  readonly account: string;
  /** `role NAME`, `user NAME` or `the root user`. */
  readonly principal: string;
}

/** The SDK's marks of where credentials came from, the most telling first. */
const sources: readonly (readonly [string, (profile: string) => string])[] = [
  ["CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN", () => "the token file of AWS_WEB_IDENTITY_TOKEN_FILE"],
  ["CREDENTIALS_ENV_VARS", () => "AWS_ACCESS_KEY_ID in the environment"],
  ["CREDENTIALS_PROFILE_STS_WEB_ID_TOKEN", (profile) => `profile "${profile}", by a web identity`],
  ["CREDENTIALS_STS_ASSUME_ROLE", (profile) => `profile "${profile}", by assuming its role`],
  ["CREDENTIALS_PROFILE_SSO", (profile) => `profile "${profile}", by SSO`],
  ["CREDENTIALS_PROFILE_SSO_LEGACY", (profile) => `profile "${profile}", by SSO`],
  ["CREDENTIALS_PROFILE_PROCESS", (profile) => `profile "${profile}", by its process`],
  ["CREDENTIALS_PROFILE_LOGIN", (profile) => `profile "${profile}", by its login`],
  ["CREDENTIALS_PROFILE", (profile) => `profile "${profile}"`],
  ["CREDENTIALS_HTTP", () => "the role of this container"],
];

/** In words, where credentials came from, by the marks that the SDK left on them. */
export function describeSource(credentials: unknown, environment: Environment): string {
  const marks =
    isObject(credentials) && isObject(credentials["$source"]) ? credentials["$source"] : {};
  const found = sources.find(([mark]) => mark in marks);
  return found ? found[1](profileOf(environment)) : "the role of this machine";
}

function noCredentials(error: unknown, environment: Environment): Finding {
  const fault = classify(error);
  const profile = environment["AWS_PROFILE"];
  const what = profile ? `credentials of profile "${profile}"` : "credentials";
  if (fault.kind === "denied")
    return fail(
      what,
      `the profile may not assume its role (${fault.said})`,
      "allow sts:AssumeRole to the source profile, and name it in the role's trust policy; or correct role_arn",
    );
  const tokenFile = environment["AWS_WEB_IDENTITY_TOKEN_FILE"];
  if (tokenFile && fault.name === "ENOENT")
    return fail(
      what,
      `AWS_WEB_IDENTITY_TOKEN_FILE is ${tokenFile}, and there is no such file`,
      "mount the token there, or unset AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN",
    );
  if (fault.kind === "unreachable")
    return fail(
      what,
      `none in the environment or the AWS files, and asking for them failed (${fault.said})`,
      remedy({ ...fault, kind: "noCredentials" }, "STS", environment),
    );
  const problem = profile ? profileProblem(profile, readProfiles(environment)) : undefined;
  if (problem && fault.kind !== "badCredentials") return fail(what, problem.detail, problem.fix);
  const fix =
    profile && fault.kind === "noCredentials"
      ? `check that ~/.aws/config has [profile ${profile}] with all that it needs, or correct AWS_PROFILE`
      : remedy(
          fault.kind === "other" ? { ...fault, kind: "noCredentials" } : fault,
          "STS",
          environment,
        );
  return fail(what, `the AWS SDK found none that it can use (${fault.said})`, fix);
}

const bothSet = (environment: Environment): boolean =>
  Boolean(
    environment["AWS_PROFILE"] &&
    environment["AWS_ACCESS_KEY_ID"] &&
    environment["AWS_SECRET_ACCESS_KEY"],
  );

export interface Asking {
  readonly clock: Clock;
  readonly environment: Environment;
}

/** Finds credentials, without using them yet. `usable` is false when there are none. */
export async function findCredentials(
  sts: STSClient,
  { clock, environment }: Asking,
): Promise<{ findings: readonly Finding[]; usable: boolean }> {
  const findings = bothSet(environment)
    ? [
        warn(
          "credentials",
          "AWS_PROFILE and AWS_ACCESS_KEY_ID are both set, and the profile is used",
          "unset the one that is not meant",
        ),
      ]
    : [];
  try {
    const credentials = await within(clock, () => sts.config.credentials());
    const source = describeSource(credentials, environment);
    return { findings: [...findings, ok("credentials", `from ${source}`)], usable: true };
  } catch (error) {
    return { findings: [...findings, noCredentials(error, environment)], usable: false };
  }
}

/** `role NAME` of `arn:aws:sts::111122223333:assumed-role/NAME/session`, and so on. */
export function principalOf(arn: string): string {
  const [kind = "", name = ""] = arn.slice(arn.lastIndexOf(":") + 1).split("/");
  if (kind === "assumed-role") return `role ${name}`;
  if (kind === "root") return "the root user";
  return name === "" ? arn : `${kind} ${arn.slice(arn.lastIndexOf("/") + 1)}`;
}

export interface Identified {
  readonly finding: Finding;
  readonly identity: Identity | undefined;
  /** False when AWS rejects the credentials, so that every other call would fail alike. */
  readonly usable: boolean;
}

/** Asks STS who the credentials are. */
export async function identify(
  sts: STSClient,
  { clock, environment }: Asking,
): Promise<Identified> {
  const what = "identity (sts:GetCallerIdentity)";
  try {
    const { Account = "", Arn = "" } = await within(clock, (abortSignal) =>
      sts.send(new GetCallerIdentityCommand({}), { abortSignal }),
    );
    const identity = { account: Account, principal: principalOf(Arn) };
    const detail = `account ${identity.account}, ${identity.principal}`;
    return { finding: ok(what, detail), identity, usable: true };
  } catch (error) {
    const fault = classify(error);
    const finding = fail(what, fault.said, remedy(fault, "STS", environment));
    return { finding, identity: undefined, usable: fault.kind !== "badCredentials" };
  }
}
