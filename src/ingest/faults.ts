// Says in plain words what an error of AWS or Redis means and what to do about it. Pure.
import { isObject, text } from "../ecs/json.ts";
import { isRedisTrouble, redisRefusal, saidByRedis } from "../store/trouble.ts";

const advice: Readonly<Record<string, string>> = {
  QueueDoesNotExist:
    "the SQS queue does not exist: create it (deploy/local.yaml), or set LONGSHORE_QUEUE to its name or URL",
  CredentialsProviderError:
    "no AWS credentials were found: set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give the machine a role",
  ExpiredTokenException: "the AWS credentials have expired: renew them",
  ExpiredToken: "the AWS credentials have expired: renew them",
  InvalidClientTokenId: "AWS does not know these credentials: check AWS_PROFILE and the access key",
  UnrecognizedClientException:
    "AWS does not know these credentials: check AWS_PROFILE and the access key",
  InvalidSignatureException:
    "AWS refused the signature: check the secret key and the machine's clock",
  AccessDeniedException: "the AWS credentials lack a permission",
  AccessDenied: "the AWS credentials lack a permission",
  OverLimit:
    "too many messages of the queue are in flight: look for a worker that receives and does not delete",
  ThrottlingException: "AWS is throttling this account's calls",
  RedisUnavailable: "Redis does not answer: check that it runs and that REDIS_URL names it",
};

const networkAdvice: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens at that address",
  ENOTFOUND: "that host name does not exist: check AWS_REGION and the endpoint settings",
  ETIMEDOUT: "no answer in time: check the network",
};

/** Whether the error is a mistake in our own code, which no waiting mends. */
export function isBug(error: unknown): boolean {
  return (
    error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
  );
}

/** Whether the store answered and refused what it was given: asking again as it is will not help. */
export function isRefusal(error: unknown): boolean {
  return isBug(error) || redisRefusal(error) !== undefined;
}

/** What Redis answers, by the first word of its error. */
const redisAdvice: Readonly<Record<string, string>> = {
  OOM: "Redis has no memory left: raise its maxmemory, or lower LONGSHORE_RETENTION_HOURS; messages stay in the queue",
  READONLY: "REDIS_URL leads to a replica, which takes no writes: point it at the primary",
  MISCONF: "Redis cannot save to its disk and takes no writes: look at its log and its disk",
  LOADING: "Redis is loading its data: it will answer when it has",
  NOAUTH: "Redis wants a password: put it into REDIS_URL",
  WRONGPASS: "Redis refuses the password in REDIS_URL",
  NOPERM: "the Redis user in REDIS_URL lacks a permission",
  WRONGTYPE:
    "Redis holds something else under Longshore's keys: give Longshore a Redis, or a database, of its own",
};

/** One line: what failed, the resource if the error names it, what to do. Never credentials. */
export function describeFault(error: unknown): string {
  if (!isObject(error)) return String(error);
  const name = text(error, "name") ?? "Error";
  const message = text(error, "message") ?? "";
  // Redis did answer: what it said is the reason.
  const { cause } = error;
  if (name === "RedisUnavailable" && isObject(cause) && cause["name"] === "ReplyError")
    return describeFault(cause);
  const code = text(error, "code");
  const word = name === "ReplyError" ? (/^[A-Z]+/.exec(saidByRedis({ message }))?.[0] ?? "") : "";
  const known =
    redisAdvice[word] ?? advice[name] ?? (code === undefined ? undefined : networkAdvice[code]);
  const said = name === "Error" ? message : `${name}: ${message}`;
  if (known !== undefined) return `${known} (${said || code})`;
  if (isRedisTrouble(error)) return `${advice["RedisUnavailable"]} (${message})`;
  return said || code || "unknown error";
}
