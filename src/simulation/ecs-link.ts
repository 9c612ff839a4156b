// ECS for a simulated process: the production adapter of the API, over a client that sends its commands through the
// simulated network to the simulator's engine. Has the SDK's retries, which are documented, and none of its HTTP.
import { AsyncLocalStorage } from "node:async_hooks";
import { ConflictException } from "@aws-sdk/client-ecs";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { ClientBudget } from "../aws/budgeted-client.ts";
import { lookOnce } from "../aws/last-look.ts";
import {
  createEcsReader,
  createEcsWriter,
  createTaskDefinitionReader,
} from "../aws/sdk-ecs-api.ts";
import { callClassOf } from "../ecs/api-budget.ts";
import { arnId, parseEcsArn } from "../ecs/arn.ts";
import { awsErrorName } from "../ecs/aws-error.ts";
import type { EcsReader, EcsWriter, TaskDefinitionReader } from "../ecs/ecs-api.ts";
import { objects, strings, text } from "../ecs/json.ts";
import type { JsonObject } from "../ecs/json.ts";
import type { Random } from "../random.ts";
import { ecsCalls } from "../simulator/ecs-operations/index.ts";
import { Refusal } from "../simulator/ecs-refusal.ts";
import type { Engine } from "../simulator/engine.ts";
import type { AwsRequest, ExecutedFact, Tell } from "./facts.ts";
import { NetworkError } from "./network.ts";
import type { Network, Reply } from "./network.ts";
import type { SimulatedProcess } from "./processes.ts";

export interface AwsWorld {
  readonly engine: Engine;
  readonly network: Network;
  /** What the servers decide by chance. */
  readonly random: Random;
  readonly tell: Tell;
  /** Operations that our role has no permission for now. */
  readonly denied: Set<string>;
  /** The next number of a request. */
  readonly nextCallId: () => number;
}

/** An error of AWS, as the SDK throws it. */
export class AwsError extends Error {
  readonly status: number;
  constructor(name: string, message: string, status: number) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

const readTimeoutMs = 20_000;
const writeTimeoutMs = 8000;
const attemptsMax = 4;

/** Standard retries of the SDK: up to 100 ms doubled for each attempt, five times that after throttling, 20 s at most. */
const backoffMs = (random: Random, attempt: number, baseMs: number): number =>
  Math.min(20_000, Math.floor(random.next() * 2 ** attempt * baseMs));

const isRetryable = (error: unknown): boolean =>
  error instanceof NetworkError ||
  (error instanceof AwsError && (error.status >= 500 || error.name === "ThrottlingException"));

/** The ECS API of one region for one process; reads take their tokens of the budget and are retried, writes neither. */
export function openEcs(
  world: AwsWorld,
  process: SimulatedProcess,
  owner: ClientBudget,
): EcsReader & EcsWriter & TaskDefinitionReader {
  // The adapter uses nothing else of the SDK's client.
  const reading = createClient(world, process, owner, true) as unknown as ECSClient;
  const writing = createClient(world, process, owner, false) as unknown as ECSClient;
  return {
    ...createEcsReader(reading),
    ...createTaskDefinitionReader(reading),
    ...createEcsWriter(writing),
  };
}

/** A client of the SDK that sends any command, with the SDK's retries; each attempt takes its token of the budget. */
export function openEcsClient(
  world: AwsWorld,
  process: SimulatedProcess,
  owner: ClientBudget,
): { send(command: Command): Promise<unknown> } {
  return createClient(world, process, owner, true);
}

interface Command {
  readonly input: object;
}

function createClient(
  world: AwsWorld,
  process: SimulatedProcess,
  owner: ClientBudget,
  retries: boolean,
): { send(command: Command): Promise<unknown> } {
  const { region } = world.engine.world.scope;
  async function attempt(operation: string, input: JsonObject): Promise<unknown> {
    const callClass = callClassOf(operation);
    const cluster = text(input, "cluster") ?? text(input, "taskDefinition");
    const account =
      (cluster && parseEcsArn(cluster)?.account) ?? (await owner.account()) ?? "unknown";
    const calls = callClass && owner.budget.of({ account, region }, callClass);
    if (retries) await calls?.take(owner.signal);
    try {
      return await send(world, process, operation, input, retries);
    } catch (error) {
      if (awsErrorName(error) === "ThrottlingException") calls?.throttled();
      throw error;
    }
  }
  async function sendCommand(command: Command): Promise<unknown> {
    const operation = command.constructor.name.replace(/Command$/, "");
    const input: JsonObject = { ...command.input };
    for (let tried = 0; ; tried++)
      try {
        return await attempt(operation, input);
      } catch (error) {
        if (!retries || tried + 1 >= attemptsMax || !isRetryable(error)) throw error;
        const isThrottled = awsErrorName(error) === "ThrottlingException";
        await process.clock.sleep(backoffMs(process.random, tried, isThrottled ? 500 : 100));
      }
  }
  return { send: sendCommand };
}

function send(
  world: AwsWorld,
  process: SimulatedProcess,
  operation: string,
  input: JsonObject,
  isRead: boolean,
): Promise<unknown> {
  const { engine, network, tell, nextCallId } = world;
  const request = describe(engine, process, operation, input, nextCallId());
  // The look belongs to the call that was begun, whoever opens its connection.
  const inContext = AsyncLocalStorage.snapshot();
  const answered = (outcome: string) =>
    tell({ kind: "answered", callId: request.callId, process: process.name, outcome });
  return network
    .call<unknown>({
      process,
      server: "ecs",
      operation,
      timeoutMs: isRead ? readTimeoutMs : writeTimeoutMs,
      lastLook: isRead ? undefined : () => inContext(lookOnce),
      onSent: () => tell({ kind: "sent", request }),
      execute: (answer) => {
        const { reply, ...fact } = execute(world, operation, input);
        tell({ kind: "executed", request, ...fact });
        for (const fault of faultsIn(engine, operation, fact))
          tell({ kind: "fault", fault, target: `${process.name} ${operation}` });
        answer(reply);
        return undefined;
      },
    })
    .then(
      (value) => {
        answered("ok");
        return value;
      },
      (error: unknown) => {
        answered(awsErrorName(error) ?? String(error));
        throw error;
      },
    );
}

type Execution = Omit<ExecutedFact, "kind" | "request"> & { readonly reply: Reply<unknown> };

/** Which of the faults that ECS has by chance this was one of. */
function faultsIn(
  { world, faults, clock }: Engine,
  operation: string,
  { outcome, failures = [] }: Omit<Execution, "reply">,
): string[] {
  if (outcome === "throttled") return ["throttled"];
  if (outcome === "failed") return ["serverError"];
  if (faults.startRefusalRatio > 0 && failures.length > 0) return ["startRefusal"];
  const isStale = ({ createdAt }: { createdAt: number }) =>
    clock.now() - createdAt < faults.readStalenessMs;
  const reads = operation === "ListTasks" || operation === "DescribeTasks";
  if (!reads || faults.readStalenessMs === 0) return [];
  for (const { tasks } of world.clusters.values())
    for (const task of tasks.values()) if (isStale(task)) return ["staleRead"];
  return [];
}

function refusedWith(
  outcome: "refused" | "throttled" | "failed",
  { type, message, status, members }: Refusal,
): Execution {
  const { resourceIds } = members;
  const error =
    type === "ConflictException" && Array.isArray(resourceIds)
      ? new ConflictException({ message, $metadata: {}, resourceIds })
      : new AwsError(type, message, status);
  return { outcome, error: type, reply: { error } };
}

function execute(
  { engine, random, denied }: AwsWorld,
  operation: string,
  input: JsonObject,
): Execution {
  const call = ecsCalls.get(operation);
  if (!call) throw new Error(`the simulator does not know ${operation}`);
  const { faults, throttle, clock } = engine;
  if (random.chance(faults.throttleRatio) || !throttle.admit(call.family, clock.now()))
    return refusedWith("throttled", new Refusal("ThrottlingException", "Rate exceeded"));
  if (random.chance(faults.errorRatio))
    return refusedWith("failed", new Refusal("ServerException", "Service Unavailable", {}, 500));
  if (denied.has(operation)) {
    const message = `User: longshore is not authorized to perform: ecs:${operation}`;
    return refusedWith("refused", new Refusal("AccessDeniedException", message));
  }
  try {
    const before = engine.world.sequence;
    const answer = engine.act((world, now) => call.operation(world, now, input));
    const started = operation === "StartTask" || operation === "RunTask";
    return {
      outcome: "ok",
      ...(started ? whatStarted(answer, engine.world.sequence > before) : {}),
      reply: { value: answer },
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refusedWith("refused", error);
  }
}

/** `isNew`: not the remembered answer to a token that was used before. */
function whatStarted(
  answer: JsonObject,
  isNew: boolean,
): Pick<ExecutedFact, "started" | "failures"> {
  const started = objects(answer, "tasks").map((task) => ({
    task: arnId(text(task, "taskArn") ?? ""),
    containerInstance: arnId(text(task, "containerInstanceArn") ?? ""),
  }));
  const failures = objects(answer, "failures").map((failure) => ({
    containerInstance: arnId(text(failure, "arn") ?? ""),
    reason: text(failure, "reason") ?? "",
  }));
  return { started: isNew ? started : [], failures };
}

/** The instances of a RunTask are in its constraint: `ec2InstanceId in [i-1, i-2]`. */
function instancesOfExpression(engine: Engine, cluster: string, input: JsonObject): string[] {
  const expressions = objects(input, "placementConstraints").map((each) =>
    text(each, "expression"),
  );
  const named = new Set(expressions.flatMap((each) => each?.match(/\bm?i-[0-9a-f]+/g) ?? []));
  const found = engine.world.clusters.get(arnId(cluster));
  return [...(found?.instances.values() ?? [])]
    .filter(({ machine, status }) => status !== "INACTIVE" && named.has(machine.instanceId))
    .map(({ id }) => id);
}

function describe(
  engine: Engine,
  process: SimulatedProcess,
  operation: string,
  input: JsonObject,
  callId: number,
): AwsRequest {
  const { account, region } = engine.world.scope;
  const cluster = text(input, "cluster");
  const common = { callId, process: process.name, operation, account, region, cluster };
  if (operation.startsWith("List") || operation.startsWith("Describe")) return common;
  const instances =
    operation === "RunTask"
      ? instancesOfExpression(engine, cluster ?? "", input)
      : operation.endsWith("Attributes")
        ? objects(input, "attributes").map((each) => arnId(text(each, "targetId") ?? ""))
        : strings(input, "containerInstances").map(arnId);
  return {
    ...common,
    startedBy: text(input, "startedBy"),
    group: text(input, "group"),
    clientToken: text(input, "clientToken"),
    taskDefinition: text(input, "taskDefinition"),
    containerInstances: [...new Set(instances)],
    task: text(input, "task"),
    reason: text(input, "reason"),
    attributes: objects(input, "attributes").map((each) => text(each, "name") ?? ""),
    status: text(input, "status"),
  };
}
