// Turns an error of AWS into its kind, its words and what to do about it. Pure.
import type { Environment } from "../config.ts";
import { isObject, number, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";

export type FaultKind =
  | "noCredentials"
  | "badCredentials"
  | "denied"
  | "unreachable"
  | "throttled"
  | "notAws"
  | "broken"
  | "other";

export interface Fault {
  readonly kind: FaultKind;
  /** The error's own name, such as `QueueDoesNotExist`. */
  readonly name: string;
  /** One line, in AWS's or the network's words. */
  readonly said: string;
}

export type Service = "SQS" | "ECS" | "EC2" | "STS";

const kinds: Readonly<Record<string, FaultKind>> = {
  CredentialsProviderError: "noCredentials",
  ExpiredToken: "badCredentials",
  ExpiredTokenException: "badCredentials",
  InvalidClientTokenId: "badCredentials",
  UnrecognizedClientException: "badCredentials",
  AuthFailure: "badCredentials",
  InvalidAccessKeyId: "badCredentials",
  IncompleteSignature: "badCredentials",
  InvalidSignatureException: "badCredentials",
  SignatureDoesNotMatch: "badCredentials",
  RequestExpired: "badCredentials",
  AccessDenied: "denied",
  AccessDeniedException: "denied",
  UnauthorizedOperation: "denied",
  KmsAccessDenied: "denied",
  Throttling: "throttled",
  ThrottlingException: "throttled",
  RequestThrottled: "throttled",
  RequestLimitExceeded: "throttled",
  TimedOut: "unreachable",
  TimeoutError: "unreachable",
  AbortError: "unreachable",
};

const networkCode = /^(E[A-Z]+|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+|ERR_TLS_\w+)$/;

/** Node wraps the refusals of several addresses of one host and leaves the message empty. */
function networkFault(error: JsonObject): Fault | undefined {
  const code = text(error, "code");
  if (code === undefined || !networkCode.test(code)) return undefined;
  return { kind: "unreachable", name: code, said: text(error, "message") ?? code };
}

export function classify(error: unknown): Fault {
  if (!isObject(error)) return { kind: "other", name: "Error", said: String(error) };
  const name = text(error, "name") ?? "Error";
  const message = text(error, "message") ?? "";
  const network = networkFault(error);
  if (network) return network;
  if (/Deserialization error/.test(message))
    return { kind: "notAws", name, said: "the answer is not one that AWS gives" };
  const metadata = isObject(error["$metadata"]) ? error["$metadata"] : {};
  const status = number(metadata, "httpStatusCode") ?? 0;
  const kind = kinds[name] ?? (status >= 500 ? "broken" : "other");
  const plain = name === "Error" || name === "TimedOut" || name === "CredentialsProviderError";
  const words = plain ? message || name : [name, message].filter((part) => part !== "").join(": ");
  return { kind, name, said: kind === "broken" ? `HTTP ${status}, ${words}` : words };
}

/** The setting that points a service somewhere else than AWS, if the environment has one. */
export function endpointSetting(environment: Environment, service: Service): string | undefined {
  return [`AWS_ENDPOINT_URL_${service}`, "AWS_ENDPOINT_URL"].find((name) => environment[name]);
}

/** What to do about a fault that is not a matter of one permission. */
export function remedy({ kind, name }: Fault, service: Service, environment: Environment): string {
  const setting = endpointSetting(environment, service);
  const endpoint = setting && `${setting} (${environment[setting]})`;
  switch (kind) {
    case "noCredentials":
      return "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role";
    case "badCredentials":
      return /Expired/.test(name)
        ? "renew the credentials (aws sso login, for a profile with SSO) and check this machine's clock"
        : "check the access key and its secret, AWS_PROFILE, AWS_REGION and this machine's clock";
    case "denied":
      return "ask whoever manages the account's policies";
    case "unreachable":
      return endpoint
        ? `start what should listen there, or correct ${endpoint}`
        : `check AWS_REGION, the network and its proxy; a subnet without internet needs a VPC endpoint of ${service}`;
    case "throttled":
      return "run doctor again in a minute; something else uses up this account's calls";
    case "notAws":
      return endpoint
        ? `correct ${endpoint}`
        : "a proxy or a captive portal answers in place of AWS: check the network";
    case "broken":
      return `run doctor again in a minute; if it stays, look at ${endpoint ?? "the AWS health dashboard"}`;
    case "other":
      return endpoint
        ? `look up the error; calls go to ${endpoint}`
        : "look up the error in the documentation of " + service;
  }
}
