// What AWS says when a queue cannot be used, in words for the person at the command line.
import { awsErrorName } from "../../ecs/aws-error.ts";
import { ClientFailure } from "../failure.ts";

const credentials = /Credential|Token|AccessDenied|Forbidden|Signature|UnrecognizedClient/i;

/** Any fault of the SDK as a ClientFailure; what is none of its faults is a bug and passed on. */
export function queueFailure(queue: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ClientFailure) return error;
  const name = awsErrorName(error) ?? error.name;
  const says = `${name}: ${error.message}`;
  if (/NonExistentQueue|QueueDoesNotExist/.test(name))
    return new ClientFailure(
      "here",
      "NOT_FOUND",
      `there is no queue ${queue} (${name}): look at its name or URL, AWS_REGION and AWS_ENDPOINT_URL.`,
    );
  if (credentials.test(says))
    return new ClientFailure(
      "here",
      "FORBIDDEN",
      `queue ${queue} may not be used (${says}): longshore doctor checks credentials and permissions.`,
    );
  return new ClientFailure(
    "here",
    "UNAVAILABLE",
    `queue ${queue} cannot be used (${says}): longshore doctor checks what is wrong.`,
  );
}
