// The account that credentials are of, as STS tells it.
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { CredentialProvider } from "./credentials.ts";

/** Asked until it is known; undefined while STS does not tell. */
export function accountOf(credentials: CredentialProvider): () => Promise<string | undefined> {
  const sts = new STSClient({ credentials });
  let known: string | undefined;
  return async () =>
    (known ??= await sts.send(new GetCallerIdentityCommand({})).then(
      ({ Account }) => Account,
      () => undefined,
    ));
}
