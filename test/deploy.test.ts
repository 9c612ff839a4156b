// The templates in deploy/ are what CloudFormation takes, send what Longshore reads and no more, and allow what the
// guide to operations says, no more. Nothing is deployed.
import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readMessage } from "../src/ecs/event.ts";
import { deadlinesByDefault } from "../src/graphql/listener.ts";
import { Call, callsIn, isMembers, readTemplate, Validator, wordOf } from "./cloudformation.ts";
import type { Members, Template } from "./cloudformation.ts";
import { permissionsInGuide } from "./permissions.ts";

const textOf = (path: string): string =>
  readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

const names = ["local", "forward", "aws"] as const;
const templateOf = (name: (typeof names)[number]): Template =>
  readTemplate(textOf(`deploy/${name}.yaml`));
const local = templateOf("local");
const aws = templateOf("aws");

const at = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return inner[Number(key)];
    return isMembers(inner) ? inner[key] : undefined;
  }, value);

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

interface Statement {
  readonly where: string;
  readonly actions: readonly string[];
  readonly resources: readonly unknown[];
  readonly statement: Members;
}

/** Statements of all policies below a value, those behind a condition as well. */
function statementsIn(where: string, value: unknown): Statement[] {
  if (value instanceof Call) return statementsIn(where, value.argument);
  if (Array.isArray(value)) return value.flatMap((each) => statementsIn(where, each));
  if (!isMembers(value)) return [];
  if (typeof value["Effect"] === "string")
    return [
      {
        where: `${where} ${wordOf(value["Sid"])}`.trim(),
        actions: list(value["Action"]).map(wordOf),
        resources: list(value["Resource"]),
        statement: value,
      },
    ];
  return Object.values(value).flatMap((each) => statementsIn(where, each));
}

const statementsOf = ({ resources }: Template): Statement[] =>
  Object.entries(resources).flatMap(([id, resource]) => statementsIn(id, resource));

const actionsOf = (template: Template, id: string): string[] =>
  statementsOf({ ...template, resources: { [id]: template.resources[id] ?? {} } })
    .filter(({ statement }) => !("Principal" in statement))
    .flatMap(({ actions }) => actions)
    .sort();

/** What is told to somebody else: descriptions anywhere below a value. */
function descriptionsIn(value: unknown): unknown[] {
  if (value instanceof Call) return descriptionsIn(value.argument);
  if (Array.isArray(value)) return value.flatMap((each) => descriptionsIn(each));
  if (!isMembers(value)) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    /^(Group)?Description$/.test(key) ? [each] : descriptionsIn(each),
  );
}

/** What `aws cloudformation deploy` must be told of a template that makes what IAM has. */
function capabilityFor({ resources }: Template): string {
  const ofIam = Object.values(resources).filter(({ Type }) =>
    wordOf(Type).startsWith("AWS::IAM::"),
  );
  if (ofIam.length === 0) return "none";
  const isNamed = ({ Properties }: Members) =>
    Object.keys(isMembers(Properties) ? Properties : {}).some((name) =>
      /^(Role|User|Group|ManagedPolicy|InstanceProfile)Name$/.test(name),
    );
  return ofIam.some(isNamed) ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM";
}

/** The capability that each command to deploy a template names. */
function capabilitiesSaid(text: string, name: string): string[] {
  const commands = text.replaceAll(/\\\n#?/g, " ").matchAll(/aws cloudformation deploy [^`\n]+/g);
  return [...commands]
    .map(([command]) => command)
    .filter((command) => command.includes(`--template-file deploy/${name}.yaml `))
    .map((command) => /--capabilities (\w+)/.exec(command)?.[1] ?? "none");
}

describe.each(names)("deploy/%s.yaml", (name) => {
  test("is what CloudFormation takes", () => {
    expect(new Validator(templateOf(name)).problems()).toEqual([]);
  });

  test("describes security groups in the few characters that EC2 takes", () => {
    const groups = Object.values(templateOf(name).resources).filter(({ Type }) =>
      wordOf(Type).startsWith("AWS::EC2::SecurityGroup"),
    );
    const refused = groups
      .flatMap(descriptionsIn)
      .filter((each) => !/^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/.test(wordOf(each)));
    expect(refused).toEqual([]);
  });

  test("says at its top how to deploy it, with the capability that it takes, as the guides do", () => {
    const capability = capabilityFor(templateOf(name));
    const [top = ""] = /^(#.*\n)+/.exec(textOf(`deploy/${name}.yaml`)) ?? [];
    expect(capabilitiesSaid(top, name)).toEqual([capability]);
    const guides = capabilitiesSaid(textOf("README.md") + textOf("docs/operations.md"), name);
    expect(guides.length).toBeGreaterThan(0);
    expect(guides.filter((said) => said !== capability)).toEqual([]);
  });

  test("allows no action by a pattern, and everything only where there is nothing to narrow it to", () => {
    for (const { where, actions, resources, statement } of statementsOf(templateOf(name))) {
      expect([where, actions.filter((action) => action.includes("*"))]).toEqual([where, []]);
      if (!resources.includes("*")) continue;
      const alone = ["ecr:GetAuthorizationToken"];
      expect([where, alone.includes(actions.join()) || "Condition" in statement]).toEqual([
        where,
        true,
      ]);
    }
  });

  test("sends exactly the events that are read", () => {
    const { resources } = templateOf(name);
    const patterns = ["EcsEvents", "DepartureEvents"].map((id) =>
      at(resources, id, "Properties", "EventPattern"),
    );
    const sent = patterns.flatMap((pattern) => list(at(pattern, "detail-type"))).map(wordOf);
    expect([...sent].sort()).toEqual(typesThatAreRead().sort());
    expect(patterns.map((pattern) => at(pattern, "source"))).toEqual([
      ["aws.ecs"],
      ["aws.ec2", "aws.autoscaling"],
    ]);
  });
});

/** Of all detail-types that the reader of events mentions, those that it does not ignore. */
function typesThatAreRead(): string[] {
  const mentioned = [
    ...(textOf("src/ecs/event.ts") + textOf("src/ecs/departure.ts")).matchAll(
      /"((?:ECS|EC2|AWS API) [A-Za-z][^"]+)"/g,
    ),
  ].map((match) => match[1] ?? "");
  expect(mentioned.length).toBeGreaterThan(8);
  const sources = ["aws.ecs", "aws.ec2", "aws.autoscaling"];
  const isRead = (detailType: string) =>
    sources.some((source) => {
      const [event] = readMessage(JSON.stringify({ source, "detail-type": detailType }));
      return event?.outcome !== "ignored";
    });
  return [...new Set(mentioned)].filter(isRead);
}

describe("the queue", () => {
  test("is filled by the rules of its stack alone", () => {
    const [statement, ...others] = statementsIn("QueuePolicy", local.resources["QueuePolicy"]);
    expect(others).toEqual([]);
    expect(statement?.actions).toEqual(["sqs:SendMessage"]);
    expect(statement?.resources).toEqual([new Call("GetAtt", "Queue.Arn")]);
    expect(at(statement?.statement, "Principal")).toEqual({ Service: "events.amazonaws.com" });
    const sources = at(statement?.statement, "Condition", "ArnEquals", "aws:SourceArn");
    const rules = callsIn(sources).filter(({ name }) => name === "GetAtt");
    expect(rules.map(({ argument }) => argument)).toEqual(["EcsEvents.Arn", "DepartureEvents.Arn"]);
  });

  test("is the same in both stacks that have one", () => {
    const shared = ["DeadLetters", "Queue", "EcsEvents", "DepartureEvents", "QueuePolicy"];
    for (const id of [...shared, "ForwardedEvents"])
      expect([id, aws.resources[id]]).toEqual([id, local.resources[id]]);
    for (const [name, parameter] of Object.entries(local.parameters))
      expect([name, at(aws.parameters[name], "Type")]).toEqual([name, at(parameter, "Type")]);
  });

  test("keeps messages of other rules' making apart: forwarded events match on the bus", () => {
    const { resources } = templateOf("forward");
    for (const id of ["EcsEvents", "DepartureEvents"])
      expect(at(resources, id, "Properties", "EventPattern")).toEqual(
        at(local.resources, id, "Properties", "EventPattern"),
      );
  });

  test("prints what serve wants in its environment", () => {
    const text = wordOf(callsIn(at(local.outputs, "Environment", "Value"))[0]?.argument);
    expect(text.split("\n")).toEqual(["AWS_REGION=${AWS::Region}", "LONGSHORE_QUEUE=${Queue}"]);
  });
});

describe("permissions", () => {
  const guide = permissionsInGuide();

  test("of the policy are those of the guide", () => {
    expect(guide.length).toBeGreaterThan(15);
    expect(actionsOf(local, "Policy")).toEqual(guide.map(({ action }) => action).sort());
  });

  test.each([
    ["ingest", "IngestRole"],
    ["scheduler", "SchedulerRole"],
  ])("of %s on Fargate are those of the guide", (role, id) => {
    const wanted = guide.filter(({ roles }) => roles.includes(role)).map(({ action }) => action);
    expect(actionsOf(aws, id)).toEqual(wanted.sort());
  });

  test("in another account are the same, without the queue and further accounts", () => {
    const elsewhere = guide.filter(({ action }) => !/^(sqs|sts):/.test(action));
    const wanted = elsewhere.map(({ action }) => action).sort();
    expect(actionsOf(templateOf("forward"), "Longshore")).toEqual(wanted);
  });

  test("of the API are none: it answers from Redis", () => {
    expect(guide.filter(({ roles }) => roles.includes("api"))).toEqual([]);
    expect(at(aws.resources, "ApiTask", "Properties", "TaskRoleArn")).toBeUndefined();
  });
});

describe("Longshore on Fargate", () => {
  const containers = Object.entries(aws.resources).flatMap(([id, resource]) =>
    list(at(resource, "Properties", "ContainerDefinitions") ?? []).map(
      (container) => [id, container] as const,
    ),
  );

  test("runs its three roles from one image, which writes nothing to its disk", () => {
    expect(containers.map(([, container]) => at(container, "Command"))).toEqual([
      ["serve", "api"],
      ["serve", "ingest"],
      ["serve", "scheduler"],
    ]);
    for (const [id, container] of containers) {
      expect([id, at(container, "Image")]).toEqual([id, new Call("Ref", "Image")]);
      expect([id, at(container, "ReadonlyRootFilesystem")]).toEqual([id, true]);
    }
  });

  test("gets its secrets from Secrets Manager, and shows none of them", () => {
    for (const [id, container] of containers) {
      const plain = list(at(container, "Environment")).map((each) => wordOf(at(each, "Name")));
      expect([id, plain.filter((name) => /TOKEN|REDIS_URL|SECRET/.test(name))]).toEqual([id, []]);
      const secret = list(at(container, "Secrets")).map((each) => at(each, "Name"));
      expect(secret).toContain("REDIS_URL");
    }
    const outputs = JSON.stringify(Object.values(aws.outputs).map((output) => callsIn(output)));
    expect(outputs).not.toContain("resolve:secretsmanager");
  });

  test("is reached by its load balancer alone, without an address of its own", () => {
    const services = Object.values(aws.resources).filter(
      ({ Type }) => Type === "AWS::ECS::Service",
    );
    const network = ["Properties", "NetworkConfiguration", "AwsvpcConfiguration"];
    expect(services.map((service) => at(service, ...network, "AssignPublicIp"))).toEqual(
      services.map(() => "DISABLED"),
    );
    for (const id of ["ApiGroup", "RedisGroup"])
      for (const rule of list(at(aws.resources, id, "Properties", "SecurityGroupIngress")))
        expect(rule).toHaveProperty("SourceSecurityGroupId");
    expect(aws.resources["WorkerGroup"]?.["Properties"]).not.toHaveProperty("SecurityGroupIngress");
    expect(at(aws.resources, "ApiTargets", "Properties", "HealthCheckPath")).toBe("/readyz");
    // Whoever ends an idle connection must be the one that would send the next request over it.
    const settings = list(
      at(aws.resources, "LoadBalancer", "Properties", "LoadBalancerAttributes"),
    );
    const idle = settings.find((each) => at(each, "Key") === "idle_timeout.timeout_seconds");
    expect(Number(at(idle, "Value")) * 1000).toBeLessThan(deadlinesByDefault.keepAlive);
  });
});

test("alarms hang on lines that are logged, with the fields that they take", () => {
  const files = globSync("src/**/*.ts", { cwd: new URL("..", import.meta.url) }).map(textOf);
  const filters = Object.values(aws.resources).filter(
    ({ Type }) => Type === "AWS::Logs::MetricFilter",
  );
  expect(filters.length).toBeGreaterThan(4);
  for (const filter of filters) {
    const [, message = ""] =
      /msg = "(.+)"/.exec(wordOf(at(filter, "Properties", "FilterPattern"))) ?? [];
    const [transformation] = list(at(filter, "Properties", "MetricTransformations"));
    const field = wordOf(at(transformation, "MetricValue")).replace("$.", "");
    const source = files.find((text) => text.includes(`"${message}"`)) ?? "";
    expect([message, source !== ""]).toEqual([message, true]);
    expect([field, field === "1" || source.includes(field)]).toEqual([field, true]);
    const metric = at(transformation, "MetricName");
    const alarms = Object.values(aws.resources).filter(
      ({ Properties }) => at(Properties, "MetricName") === metric,
    );
    expect([metric, alarms.length]).toEqual([metric, 1]);
  }
});

describe("the validator", () => {
  const good = textOf("deploy/local.yaml");
  test.each([
    ["Type: AWS::SQS::QueuePolicy", "Type: AWS::SQS::Policy", "no such type"],
    ["VisibilityTimeout: 30", "VisibilityTimeOut: 30", "no property is called VisibilityTimeOut"],
    ["VisibilityTimeout: 30", "VisibilityTimeout: soon", "takes a integer"],
    ["Queues: [!Ref Queue]", "Tags: []", "Queues is missing"],
    ["Queues: [!Ref Queue]", "Queues: [!Ref Quay]", "Quay is neither"],
    ["Queues: [!Ref Queue]", "Queues: !Ref Queue\n      Tags: 1", "no property is called Tags"],
    ["Arn: !GetAtt Queue.Arn", "Arn: !GetAtt Queue.ARN", "no attribute ARN"],
    ['!Sub "${Name}-dead"', '!Sub "${Nome}-dead"', "Nome is neither"],
    ["Condition: HasDepartures", "Condition: HasDeparted", "no condition is called HasDeparted"],
    ["Resource: !Ref TaskRoles", "Resource: !Ref Regions", "TaskRoles is not used"],
    ["Id: queue", "Idd: queue", "Targets[0]: Id is missing"],
  ])("sees %j turned into %j", (before, after, problem) => {
    expect(good).toContain(before);
    // Conditions name a parameter as well: what is not used must be used nowhere.
    const bad = good
      .replaceAll(before, after)
      .replace(/^ {2}HasTaskRoles:.*\n/m, (line) =>
        problem.startsWith("TaskRoles") ? "  HasTaskRoles: !Equals [a, b]\n" : line,
      );
    expect(new Validator(readTemplate(bad)).problems().join("\n")).toContain(problem);
  });

  test("takes no aliases, which CloudFormation does not know", () => {
    const aliased = "Resources:\n  A: &a { Type: AWS::SQS::Queue }\n  B: *a\n";
    expect(() => readTemplate(aliased)).toThrow("aliases");
  });
});
