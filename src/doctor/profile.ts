// What keeps a profile of the AWS files from giving credentials, which the SDK mostly does not say: it goes on to the
// next place and reports that there was none. Reads names of settings and of other profiles; shows no value of a key.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../config.ts";

/** Settings of each profile of both files. */
export type Profiles = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface ProfileProblem {
  readonly detail: string;
  readonly fix: string;
}

const places = (environment: Environment) => {
  const folder = join(environment["HOME"] || homedir(), ".aws");
  return {
    config: environment["AWS_CONFIG_FILE"] || join(folder, "config"),
    credentials: environment["AWS_SHARED_CREDENTIALS_FILE"] || join(folder, "credentials"),
  };
};

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the SDK takes a file that it cannot read for an empty one as well
  }
}

/** Profiles are named `[NAME]`; in the config file all but the default are `[profile NAME]`. */
export function parseProfiles(config: string, credentials: string): Profiles {
  const profiles = new Map<string, Map<string, string>>();
  for (const [text, pattern] of [
    [config, /^(?:profile\s+)?(default)$|^profile\s+(.+)$/],
    [credentials, /^(.+)$/],
  ] as const) {
    let settings: Map<string, string> | undefined;
    for (const line of text.split(/\r?\n/)) {
      const section = /^\s*\[([^\]]+)\]/.exec(line)?.[1]?.trim();
      if (section !== undefined) {
        const [, one, other] = pattern.exec(section) ?? [];
        const name = (one ?? other)?.replace(/^(["'])(.*)\1$/, "$2");
        settings = name === undefined ? undefined : (profiles.get(name) ?? new Map());
        if (name !== undefined && settings) profiles.set(name, settings);
      } else {
        const [, key, value] = /^([^\s#;=]+)\s*=\s*(.*)$/.exec(line) ?? [];
        if (key !== undefined) settings?.set(key.toLowerCase(), (value ?? "").trim());
      }
    }
  }
  return profiles;
}

export function readProfiles(environment: Environment): Profiles {
  const { config, credentials } = places(environment);
  return parseProfiles(textOf(config), textOf(credentials));
}

/** Settings that a role of a profile may be assumed by. */
const roleSources = ["source_profile", "credential_source", "web_identity_token_file"];

/** What is wrong with a profile that gave no credentials; undefined when it looks well. */
export function profileProblem(name: string, profiles: Profiles): ProfileProblem | undefined {
  const settings = profiles.get(name);
  if (!settings) {
    const names = [...profiles.keys()].join(", ");
    return {
      detail: `there is no such profile; ${names === "" ? "the AWS files have none" : `there are ${names}`}`,
      fix: `add [profile ${name}] to ~/.aws/config, or correct AWS_PROFILE`,
    };
  }
  if (settings.has("role_arn")) return roleProblem(name, settings, profiles);
  if (settings.has("sso_session") || settings.has("sso_start_url"))
    return {
      detail: "its SSO session has ended, or was never begun",
      fix: `aws sso login --profile ${name}`,
    };
  if (settings.has("credential_process"))
    return {
      detail: "its credential_process failed, or printed no credentials",
      fix: "run that command by hand, as the user and with the PATH that Longshore has",
    };
  const [id, secret] = ["aws_access_key_id", "aws_secret_access_key"];
  if (!settings.has(id) && !settings.has(secret))
    return {
      detail: "it has neither a key, nor a role, SSO or a process to get one",
      fix: `complete [profile ${name}] in ~/.aws/config, or correct AWS_PROFILE`,
    };
  const missing = [id, secret].find((key) => !settings.get(key));
  return missing ? { detail: `it has no ${missing}`, fix: `add ${missing}` } : undefined;
}

function roleProblem(
  name: string,
  settings: ReadonlyMap<string, string>,
  profiles: Profiles,
): ProfileProblem | undefined {
  if (!roleSources.some((key) => settings.get(key)))
    return {
      detail: "it has a role_arn, and nothing that says by whose credentials",
      fix: `add source_profile or credential_source to [profile ${name}]`,
    };
  const source = settings.get("source_profile");
  if (source !== undefined && !profiles.has(source))
    return {
      detail: `its source_profile is "${source}", and there is no such profile`,
      fix: `add [profile ${source}] to ~/.aws/config, or correct source_profile`,
    };
  if (settings.has("mfa_serial"))
    return {
      detail: "its role wants a code of an MFA device, and nobody is there to type one",
      fix: "use a profile without mfa_serial, or export the keys of a session (aws configure export-credentials)",
    };
  const its =
    source === undefined || source === name ? undefined : profileProblem(source, profiles);
  return its && { ...its, detail: `of its source_profile "${source}": ${its.detail}` };
}
