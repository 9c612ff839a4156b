// The ECS API by the AWS SDK: pages, turns answers into entities and AWS errors into ours. Decides nothing.
import {
  ConflictException,
  DeleteAttributesCommand,
  DescribeContainerInstancesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListClustersCommand,
  ListContainerInstancesCommand,
  ListTasksCommand,
  PutAttributesCommand,
  RunTaskCommand,
  StartTaskCommand,
  StopTaskCommand,
  UpdateContainerInstancesStateCommand,
} from "@aws-sdk/client-ecs";
import type {
  Failure as SdkFailure,
  NetworkConfiguration,
  TaskOverride,
} from "@aws-sdk/client-ecs";
import type {
  Described,
  EcsReader,
  EcsWriter,
  Failure,
  InstanceAttribute,
  RunTaskRequest,
  RunTaskResult,
  StartTaskRequest,
  TaskDefinitionReader,
} from "../ecs/ecs-api.ts";
import { readContainerInstance, readTask } from "../ecs/describe.ts";
import type { Read } from "../ecs/describe.ts";
import { systemClock } from "../clock.ts";
import { budgetCalls } from "./budgeted-client.ts";
import type { ClientBudget } from "./budgeted-client.ts";
import { renewedCredentials } from "./credentials.ts";
import type { CredentialProvider } from "./credentials.ts";
import { readTaskDefinition } from "../ecs/task-definition.ts";
import { awsErrorName } from "../ecs/aws-error.ts";
import type { JsonObject } from "../ecs/json.ts";
import { lookingAgents, lookOnce, withLastLook } from "./last-look.ts";

function collect<Entity>(
  raw: readonly object[],
  failures: readonly SdkFailure[],
  read: (detail: JsonObject) => Read<Entity>,
): Described<Entity> {
  const entities = raw.flatMap((each) => {
    const result = read({ ...each });
    if ("problem" in result)
      throw new Error(`ECS described something unreadable: ${result.problem}`);
    return [result.entity];
  });
  return {
    entities,
    failures: failures.map(({ arn, reason = "UNKNOWN", detail }): Failure => ({
      arn,
      reason,
      detail,
    })),
  };
}

/** One that cannot be read is a failure among the others, so that it does not hide them. */
function collectReadable<Entity>(
  raw: readonly object[],
  failures: readonly SdkFailure[],
  arnName: string,
  read: (detail: JsonObject) => Read<Entity>,
): Described<Entity> {
  const results = raw.map((each) => {
    const detail: JsonObject = { ...each };
    return { detail, result: read(detail) };
  });
  const unreadable = results.flatMap(({ detail, result }) =>
    "problem" in result
      ? [{ arn: String(detail[arnName]), reason: "UNREADABLE", detail: result.problem }]
      : [],
  );
  const entities = results.flatMap(({ result }) => ("problem" in result ? [] : [result.entity]));
  return { entities, failures: [...collect([], failures, read).failures, ...unreadable] };
}

async function pages(
  next: (token: string | undefined) => Promise<{ items: string[]; nextToken: string | undefined }>,
): Promise<string[]> {
  const all: string[] = [];
  let token: string | undefined;
  do {
    const page = await next(token);
    all.push(...page.items);
    token = page.nextToken;
  } while (token !== undefined);
  return all;
}

function parseOverrides(overrides: string): TaskOverride | undefined {
  return overrides === "" ? undefined : JSON.parse(overrides);
}

function parseNetworkConfiguration(text: string): NetworkConfiguration | undefined {
  return text === "" ? undefined : JSON.parse(text);
}

export function createEcsReader(client: ECSClient): EcsReader {
  return {
    listClusters: () =>
      pages(async (nextToken) => {
        const answer = await client.send(new ListClustersCommand({ nextToken, maxResults: 100 }));
        return { items: answer.clusterArns ?? [], nextToken: answer.nextToken };
      }),
    listContainerInstances: (cluster) =>
      pages(async (nextToken) => {
        const answer = await client.send(
          new ListContainerInstancesCommand({ cluster, nextToken, maxResults: 100 }),
        );
        return { items: answer.containerInstanceArns ?? [], nextToken: answer.nextToken };
      }),
    describeContainerInstances: async (cluster, arns) => {
      const { containerInstances = [], failures = [] } = await client.send(
        new DescribeContainerInstancesCommand({
          cluster,
          containerInstances: [...arns],
          include: ["TAGS"],
        }),
      );
      return collectReadable(containerInstances, failures, "containerInstanceArn", (each) =>
        readContainerInstance(each, cluster),
      );
    },
    listTasks: (cluster, filter) =>
      pages(async (nextToken) => {
        const answer = await client.send(
          new ListTasksCommand({ cluster, nextToken, maxResults: 100, ...filter }),
        );
        return { items: answer.taskArns ?? [], nextToken: answer.nextToken };
      }),
    describeTasks: async (cluster, arns) => {
      const { tasks = [], failures = [] } = await client.send(
        new DescribeTasksCommand({ cluster, tasks: [...arns], include: ["TAGS"] }),
      );
      return collectReadable(tasks, failures, "taskArn", (each) => readTask(each, cluster));
    },
  };
}

export function createTaskDefinitionReader(client: ECSClient): TaskDefinitionReader {
  return {
    describeTaskDefinition: async (arn) => {
      try {
        const { taskDefinition } = await client.send(
          new DescribeTaskDefinitionCommand({ taskDefinition: arn }),
        );
        return collect([taskDefinition ?? {}], [], readTaskDefinition).entities[0];
      } catch (error) {
        // ECS's word for a task definition that it does not know.
        if (awsErrorName(error) === "ClientException") return undefined;
        throw error;
      }
    },
  };
}

/** What StartTask and RunTask say alike. */
function taskSettings(request: Omit<StartTaskRequest, "containerInstances">) {
  return {
    cluster: request.cluster,
    taskDefinition: request.taskDefinition,
    startedBy: request.startedBy,
    group: request.group,
    overrides: parseOverrides(request.overrides),
    networkConfiguration: parseNetworkConfiguration(request.networkConfiguration),
    tags: request.tags.length > 0 ? [...request.tags] : undefined,
  };
}

async function runTask(client: ECSClient, request: RunTaskRequest): Promise<RunTaskResult> {
  const { clientToken, count, memberOf, launchType, cluster } = request;
  const placementConstraints =
    memberOf === "" ? undefined : [{ type: "memberOf" as const, expression: memberOf }];
  const command = new RunTaskCommand({
    ...taskSettings(request),
    clientToken,
    count,
    launchType,
    placementConstraints,
  });
  try {
    const { tasks = [], failures = [] } = await client.send(command);
    const described = collect(tasks, failures, (each) => readTask(each, cluster));
    return { outcome: "answered", ...described };
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
    return { outcome: "conflict", tasks: error.resourceIds ?? [] };
  }
}

const attributeTarget = ({ name, containerInstance }: InstanceAttribute) => ({
  name,
  targetType: "container-instance" as const,
  targetId: containerInstance,
});

/** `client` must not retry: a second StartTask after a lost answer starts a second task. */
export function createEcsWriter(client: ECSClient): EcsWriter {
  return {
    startTask: async (request, mayCall) => {
      const command = new StartTaskCommand({
        ...taskSettings(request),
        containerInstances: [...request.containerInstances],
      });
      const { tasks = [], failures = [] } = await withLastLook(mayCall, () => client.send(command));
      return collect(tasks, failures, (each) => readTask(each, request.cluster));
    },
    runTask: (request, mayCall) => withLastLook(mayCall, () => runTask(client, request)),
    stopTask: async (cluster, task, reason, mayCall) => {
      const command = new StopTaskCommand({ cluster, task, reason });
      try {
        await withLastLook(mayCall, () => client.send(command));
        return "stopping";
      } catch (error) {
        // ECS answers InvalidParameterException or ClientException for a task that it has forgotten.
        const name = awsErrorName(error);
        if (name === "InvalidParameterException" || name === "ClientException") return "missing";
        throw error;
      }
    },
    putAttributes: async (cluster, attributes, mayCall) => {
      const asked = attributes.map((each) => ({ ...attributeTarget(each), value: each.value }));
      const command = new PutAttributesCommand({ cluster, attributes: asked });
      try {
        await withLastLook(mayCall, () => client.send(command));
        return "put";
      } catch (error) {
        const name = awsErrorName(error);
        if (name === "TargetNotFoundException") return "missing";
        if (name === "AttributeLimitExceededException") return "full";
        throw error;
      }
    },
    deleteAttributes: async (cluster, attributes, mayCall) => {
      const asked = attributes.map(attributeTarget);
      const command = new DeleteAttributesCommand({ cluster, attributes: asked });
      try {
        await withLastLook(mayCall, () => client.send(command));
        return "deleted";
      } catch (error) {
        if (awsErrorName(error) === "TargetNotFoundException") return "missing";
        throw error;
      }
    },
    updateContainerInstancesState: async (cluster, arns, status, mayCall) => {
      const command = new UpdateContainerInstancesStateCommand({
        cluster,
        containerInstances: [...arns],
        status,
      });
      const answer = await withLastLook(mayCall, () => client.send(command));
      const { containerInstances = [], failures = [] } = answer;
      return collectReadable(containerInstances, failures, "containerInstanceArn", (each) =>
        readContainerInstance(each, cluster),
      );
    },
  };
}

/** A read that takes longer has lost its connection; the SDK tries again. */
const readTimeoutMs = 20_000;
/** Shorter than the wait before a start is looked up: by then the call has ended, one way or the other. */
const writeTimeoutMs = 8000;

const handler = (requestTimeout: number) => ({
  connectionTimeout: 5000,
  requestTimeout,
  throwOnRequestTimeout: true,
});

/**
 * Clients of one region (the SDK's own choice if left out) and one account (that of the SDK's own credentials): one for
 * reading, retried by the SDK, each request of which takes a token of the budget, and one for writing, which never
 * repeats a call by itself and whose caller takes the tokens.
 */
export function createEcsClients(
  budget: ClientBudget,
  region?: string,
  credentials: CredentialProvider = renewedCredentials(systemClock),
): { reading: ECSClient; writing: ECSClient } {
  const options = region === undefined ? { credentials } : { credentials, region };
  const reading = new ECSClient({
    ...options,
    maxAttempts: 4,
    requestHandler: handler(readTimeoutMs),
  });
  const writing = new ECSClient({
    ...options,
    maxAttempts: 1,
    requestHandler: { ...handler(writeTimeoutMs), ...lookingAgents() },
  });
  // The innermost step: after it the request goes to its connection.
  writing.middlewareStack.add(
    (next) => (request) => {
      lookOnce();
      return next(request);
    },
    { step: "deserialize", priority: "low", name: "lastLook" },
  );
  budgetCalls(reading, budget, { takes: true });
  budgetCalls(writing, budget, { takes: false });
  return { reading, writing };
}
