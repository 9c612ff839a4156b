// What the scheduler changes in ECS and Auto Scaling: tried on a container instance that does not exist, where nothing
// can come of it; otherwise only named, with the feature that needs it. Starts, stops and changes nothing.
import {
  DeleteAttributesCommand,
  PutAttributesCommand,
  UpdateContainerInstancesStateCommand,
} from "@aws-sdk/client-ecs";
import type { ECSClient } from "@aws-sdk/client-ecs";
import { clusterName } from "../ecs/arn.ts";
import { arnFor, attempt } from "./attempt.ts";
import type { Surroundings } from "./attempt.ts";
import type { Fault } from "./fault.ts";
import { ok } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** Changing what is not there is refused by ECS, and denied all the same without permission. */
const nobody = "0".repeat(32);

const isNotThere = ({ name }: Fault): boolean => name === "TargetNotFoundException";

/** Permissions of single features: without them daemons run, and these features do not. */
export async function tryInstanceWrites(
  ecs: ECSClient,
  cluster: string,
  surroundings: Surroundings,
): Promise<readonly Finding[]> {
  const resource = arnFor(surroundings, "ecs", `container-instance/${clusterName(cluster)}/*`);
  const attributes = [
    { name: "longshore.doctor", targetType: "container-instance" as const, targetId: nobody },
  ];
  const readiness = "daemons with a readinessAttribute cannot tell services that they are ready";
  const tried = "answered for a container instance that does not exist";
  const each = [
    {
      action: "ecs:UpdateContainerInstancesState",
      without: "instances that Auto Scaling or EC2 takes away are not drained",
      call: (abortSignal: AbortSignal) =>
        ecs.send(
          new UpdateContainerInstancesStateCommand({
            cluster,
            containerInstances: [nobody],
            status: "DRAINING",
          }),
          { abortSignal },
        ),
    },
    {
      action: "ecs:PutAttributes",
      without: readiness,
      call: (abortSignal: AbortSignal) =>
        ecs.send(new PutAttributesCommand({ cluster, attributes }), { abortSignal }),
    },
    {
      action: "ecs:DeleteAttributes",
      without: readiness,
      call: (abortSignal: AbortSignal) =>
        ecs.send(new DeleteAttributesCommand({ cluster, attributes }), { abortSignal }),
    },
  ] as const;
  const findings: Finding[] = [];
  for (const { action, without, call } of each) {
    const permission = { service: "ECS" as const, action, resource, without, optional: true };
    const { finding, fault } = await attempt<unknown>(
      surroundings,
      permission,
      tried,
      call,
      isNotThere,
    );
    findings.push(finding);
    // A service that does not answer once would not answer twice more.
    if (fault?.kind === "unreachable") break;
  }
  return findings;
}

/** What cannot be tried without starting, stopping or letting go of something. */
export function untried(surroundings: Surroundings): readonly Finding[] {
  const definitions = arnFor(surroundings, "ecs", "task-definition/*");
  const tasks = arnFor(surroundings, "ecs", "task/*");
  const hooks =
    "not tried, since only a real lifecycle hook answers; needed on the Auto Scaling groups whose hooks are held " +
    "while ONCE_LEAVING daemons run (LONGSHORE_LIFECYCLE_HOOKS)";
  return [
    ok(
      "permission ecs:StartTask",
      `not tried, since it would start a task; the scheduler needs it on ${definitions}`,
    ),
    ok(
      "permission ecs:RunTask",
      `not tried, since it would start a task; only daemons with launch RUN_TASK need it, on ${definitions}`,
    ),
    ok(
      "permission iam:PassRole",
      "not tried, since it would start a task; only daemons whose task definitions name roles need it, on those roles",
    ),
    ok(
      "permission ecs:TagResource",
      `not tried, since it would start a task; only daemons with tags need it, on ${tasks}`,
    ),
    ok(
      "permission ecs:StopTask",
      `not tried, since it would stop a task; the scheduler needs it on ${tasks}`,
    ),
    ok("permission autoscaling:RecordLifecycleActionHeartbeat", hooks),
    ok("permission autoscaling:CompleteLifecycleAction", hooks),
  ];
}
