// What an error of Redis means: that it is away or cannot now, or that it understood and refuses. Pure.

/** Redis is not there, or not the Redis that we were talking to. Trying again later may help. */
export class RedisUnavailable extends Error {
  override readonly name = "RedisUnavailable";
}

/** Redis answers, and what it holds is not ours to touch. Trying again does not help until one of both is changed. */
export class RefusedData extends Error {
  override readonly name: string = "RefusedData";
}

/** How Redis before 7.0 wraps the error of a command in a script. */
const aroundScriptError = /^ERR Error running script \(call to \w+\): (?:@user_script: ?\d+: )+-?/;

/** What Redis said of the command that failed, which begins with the kind of error. */
export const saidByRedis = ({ message }: Pick<Error, "message">): string =>
  message.replace(aroundScriptError, "").trimEnd();

/** What Redis says of a script that was under way when its slot was moved to another node. */
const movedMeanwhile = "Script attempted to access a non local key";

/** What Redis said when it understood a command and refused it; undefined for every other error. */
export function redisRefusal(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== "ReplyError") return undefined;
  const { message } = error;
  return /^(ERR|WRONGTYPE) /.test(message) && !isRedisTrouble(error) ? message : undefined;
}

/** What Redis answers, by the first word, when it understood and cannot do it now. */
const notNow =
  /^(LOADING|READONLY|MASTERDOWN|MISCONF|OOM|BUSY|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|MOVED|ASK)\b/;
/** How ioredis calls a command that was under way when its connection ended. */
const lostOnTheWay = new Set([
  "AbortError",
  "MaxRetriesPerRequestError",
  "ClusterAllFailedError",
  "RedisUnavailable",
]);
const noConnection =
  /isn't writeable|Connection is closed|Command timed out|Socket timeout|Cluster isn't ready|Too many Cluster redirections|startup nodes is available|\bE(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH)\b/;

/** Whether Redis did not answer, or cannot do now what it was asked: not a bug, and trying again later may help. */
export function isRedisTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, message } = error;
  if (name === "ReplyError")
    return notNow.test(saidByRedis(error)) || message.includes(movedMeanwhile);
  return lostOnTheWay.has(name) || noConnection.test(message);
}

/** Why Redis cannot be used, for whoever asks how a process is. */
export function whyUnusable(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return error instanceof RefusedData ? reason : `Redis does not answer: ${reason}`;
}
