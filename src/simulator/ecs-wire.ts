// ECS over HTTP, AWS JSON 1.1: throttling and faults, the call itself, answers and errors as the wire carries them.
import { isObject } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { Engine } from "./engine.ts";
import type { CallOutcome } from "./call-log.ts";
import { ecsCalls } from "./ecs-operations/index.ts";
import type { EcsCall } from "./ecs-operations/index.ts";
import { Refusal } from "./ecs-refusal.ts";
import type { Exchange, Outcome, Reply } from "./exchange.ts";

export const ecsTargetPrefix = "AmazonEC2ContainerServiceV20141113.";

function reply(requestId: string, status: number, body: unknown): Reply {
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": requestId };
  return { status, headers, body: JSON.stringify(body) };
}

function errorReply(requestId: string, { type, message, members, status }: Refusal): Reply {
  return reply(requestId, status, { __type: type, message, ...members });
}

function parse(body: string): JsonObject {
  try {
    const request: unknown = JSON.parse(body === "" ? "{}" : body);
    if (isObject(request)) return request;
  } catch {
    // Refused below, as every other body that is no object.
  }
  throw new Refusal("SerializationException", "The request body is not a JSON object.");
}

function fault(
  engine: Engine,
  { family }: EcsCall,
): { refusal: Refusal; outcome: CallOutcome } | undefined {
  const { faults, faultRandom, throttle, clock } = engine;
  if (faultRandom.chance(faults.throttleRatio) || !throttle.admit(family, clock.now()))
    return { refusal: new Refusal("ThrottlingException", "Rate exceeded"), outcome: "throttled" };
  if (faultRandom.chance(faults.errorRatio)) {
    const message = "Service Unavailable. Please try again later.";
    return { refusal: new Refusal("ServerException", message, {}, 500), outcome: "failed" };
  }
  return undefined;
}

/** Answers one ECS request. */
export function answerEcs(
  engine: Engine,
  exchange: Exchange,
  name: string,
  requestId: string,
): Outcome {
  const { calls, faults, faultRandom } = engine;
  const delayMs = faults.ecsLatencyMs;
  const label = `ECS.${name}`;
  const call = ecsCalls.get(name);
  if (!call) {
    calls.add(label, "refused");
    const message = `The simulator does not know the ECS operation ${name}.`;
    return errorReply(requestId, new Refusal("UnknownOperationException", message));
  }
  const trouble = fault(engine, call);
  if (trouble) {
    calls.add(label, trouble.outcome);
    return { ...errorReply(requestId, trouble.refusal), delayMs };
  }
  try {
    const request = parse(exchange.body);
    const answer = engine.act((world, now) => call.operation(world, now, request));
    if (faultRandom.chance(faults.lostReplyRatio)) {
      calls.add(label, "lost");
      return "hangUp";
    }
    calls.add(label, "ok");
    return { ...reply(requestId, 200, answer), delayMs };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    calls.add(label, "refused");
    return { ...errorReply(requestId, error), delayMs };
  }
}
