// Credentials as the SDK finds them, looked for again every minute. The SDK itself keeps what it once read from a file
// or the environment for as long as the process lives: somebody who renews an expired session there would have to
// restart Longshore.
import { STSClient } from "@aws-sdk/client-sts";
import type { STSClientConfig } from "@aws-sdk/client-sts";
import type { Clock } from "../clock.ts";

export type CredentialProvider = Extract<
  STSClientConfig["credentials"],
  (...args: never[]) => unknown
>;

/** The SDK looks again five minutes before credentials expire: these seem to, a minute from now. */
const seemToExpireMs = 6 * 60_000;

/** Credentials that bring their own end (roles, SSO, instance profiles) are kept until shortly before it, as always. */
export function renewedCredentials(clock: Pick<Clock, "now">): CredentialProvider {
  const { credentialDefaultProvider } = new STSClient({}).config;
  return async () => {
    const found = await credentialDefaultProvider({ ignoreCache: true })();
    if (found.expiration !== undefined) return found;
    return { ...found, expiration: new Date(clock.now() + seemToExpireMs) };
  };
}
