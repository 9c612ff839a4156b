// The other accounts that Longshore is to read: whether each role can be assumed, and sees the clusters of its regions.
import { ECSClient, ListClustersCommand } from "@aws-sdk/client-ecs";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import type { STSClient } from "@aws-sdk/client-sts";
import { readFile } from "node:fs/promises";
import type { Config } from "../config.ts";
import { readAccountEntries } from "../ecs/accounts.ts";
import type { AccountEntry } from "../ecs/accounts.ts";
import { attempt } from "./attempt.ts";
import type { Surroundings } from "./attempt.ts";
import { fail, ok } from "./finding.ts";
import type { Finding } from "./finding.ts";

const settingOf = ({ accounts }: Config): string =>
  accounts === undefined ? "LONGSHORE_ACCOUNTS_FILE" : "LONGSHORE_ACCOUNTS";

/** What the settings say of other accounts; a finding when that cannot be used. */
export async function readAccounts(config: Config): Promise<readonly AccountEntry[] | Finding> {
  const { accounts, accountsFile } = config;
  if (accounts === undefined && accountsFile === undefined) return [];
  const what = `configuration ${settingOf(config)}`;
  let text = accounts ?? "";
  try {
    if (accounts === undefined) text = await readFile(accountsFile ?? "", "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail(what, `it cannot be read (${reason})`, "correct the path, or unset it");
  }
  const read = readAccountEntries(text);
  if ("entries" in read) return read.entries;
  return fail(what, read.problem, "correct it: docs/operations.md has an example");
}

const notNeeded = ok(
  "permission sts:AssumeRole",
  "not needed: no other accounts are named (LONGSHORE_ACCOUNTS_FILE)",
);

interface Options {
  readonly sts: STSClient;
  readonly surroundings: Surroundings;
  readonly clientOptions: object;
}

async function checkAccount(entry: AccountEntry, options: Options): Promise<readonly Finding[]> {
  const { account, roleArn, externalId } = entry;
  if (roleArn === undefined) return checkRegions(entry, undefined, options);
  const { sts, surroundings } = options;
  const alone = `the clusters of account ${account} are known by their events alone, and no daemon runs there`;
  const { finding, answer, fault } = await attempt(
    surroundings,
    { service: "STS", action: "sts:AssumeRole", resource: roleArn, without: alone },
    `${roleArn} was assumed`,
    (abortSignal) =>
      sts.send(
        new AssumeRoleCommand({
          RoleArn: roleArn,
          RoleSessionName: "longshore-doctor",
          ExternalId: externalId,
        }),
        { abortSignal },
      ),
  );
  if (fault?.kind === "denied" && finding.fix !== undefined) {
    const trust = `and name ${surroundings.principal} in that role's trust policy${externalId === undefined ? "" : ", with this external id"}`;
    return [{ ...finding, fix: `${finding.fix}, ${trust}` }];
  }
  const found = answer?.Credentials;
  if (!found?.AccessKeyId || !found.SecretAccessKey) return [finding];
  const credentials = {
    accessKeyId: found.AccessKeyId,
    secretAccessKey: found.SecretAccessKey,
    ...(found.SessionToken === undefined ? {} : { sessionToken: found.SessionToken }),
  };
  return [finding, ...(await checkRegions(entry, credentials, options))];
}

async function checkRegions(
  { account, roleArn, regions }: AccountEntry,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined,
  { surroundings, clientOptions }: Options,
): Promise<readonly Finding[]> {
  const role = roleArn?.slice(roleArn.lastIndexOf("/") + 1);
  const principal = role === undefined ? surroundings.principal : `role ${role} of ${account}`;
  const findings: Finding[] = [];
  for (const region of regions) {
    const ecs = new ECSClient({
      ...clientOptions,
      region,
      ...(credentials ? { credentials } : {}),
    });
    const { finding, answer } = await attempt(
      { ...surroundings, principal, account, region },
      {
        service: "ECS",
        action: "ecs:ListClusters",
        resource: "*",
        without: `the clusters of account ${account} in ${region} are not found`,
      },
      "",
      (abortSignal) => ecs.send(new ListClustersCommand({}), { abortSignal }),
    );
    ecs.destroy();
    const what = `account ${account} in ${region}`;
    const clusters = answer?.clusterArns?.length ?? 0;
    findings.push(
      answer ? ok(what, `${clusters} clusters`) : { ...finding, what: `${what}, ecs:ListClusters` },
    );
  }
  return findings;
}

/** Each account in its turn, none of them holds up the checks of the own one. */
export async function checkAccounts(
  read: readonly AccountEntry[] | Finding,
  options: Options,
): Promise<readonly Finding[]> {
  if ("level" in read) return [read];
  if (read.length === 0) return [notNeeded];
  const findings: Finding[] = [];
  for (const entry of read) findings.push(...(await checkAccount(entry, options)));
  return findings;
}
