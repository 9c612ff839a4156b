// Credentials for each account: this process's own, or those of the role that is to be assumed there. Renewed by the
// SDK shortly before they end.
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { AccountEntry } from "../ecs/accounts.ts";
import type { CredentialProvider } from "./credentials.ts";

/** Shows in CloudTrail who it was. */
const sessionName = "longshore";

/** The credentials to use for an account. */
export type CredentialsOf = (account: string | undefined) => CredentialProvider;

function assume(
  sts: STSClient,
  { roleArn, externalId, account }: AccountEntry,
): CredentialProvider {
  return async () => {
    const command = new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      ExternalId: externalId,
    });
    const { Credentials: found } = await sts.send(command).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw Object.assign(new Error(`role ${roleArn} cannot be assumed: ${reason}`), {
        name: error instanceof Error ? error.name : "Error",
      });
    });
    if (!found?.AccessKeyId || !found.SecretAccessKey)
      throw new Error(`STS gave no credentials for role ${roleArn} of account ${account}`);
    return {
      accessKeyId: found.AccessKeyId,
      secretAccessKey: found.SecretAccessKey,
      ...(found.SessionToken === undefined ? {} : { sessionToken: found.SessionToken }),
      ...(found.Expiration === undefined ? {} : { expiration: found.Expiration }),
    };
  };
}

export function createAccountCredentials(
  entries: readonly AccountEntry[],
  own: CredentialProvider,
): CredentialsOf {
  const withRole = entries.filter(({ roleArn }) => roleArn !== undefined);
  const sts = withRole.length > 0 ? new STSClient({ credentials: own }) : undefined;
  const byAccount = new Map<string, CredentialProvider>();
  for (const entry of withRole) if (sts) byAccount.set(entry.account, assume(sts, entry));
  return (account) => byAccount.get(account ?? "") ?? own;
}
