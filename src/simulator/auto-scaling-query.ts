// Auto Scaling's answers to whoever holds and completes lifecycle hooks.
import type { Engine } from "./engine.ts";
import { endWait, heartbeat } from "./lifecycle-hooks.ts";
import type { LifecycleWait } from "./lifecycle-hooks.ts";
import { answerXml, QueryRefusal } from "./query-xml.ts";
import type { World } from "./world.ts";

export const autoScalingVersion = "2011-01-01";
export const autoScalingNamespace = "http://autoscaling.amazonaws.com/doc/2011-01-01/";

function requestedWait(world: World, form: URLSearchParams): LifecycleWait {
  const required = (name: string): string => {
    const value = form.get(name);
    if (value) return value;
    throw new QueryRefusal("ValidationError", `1 validation error detected: ${name} is missing.`);
  };
  const [group, hook] = [required("AutoScalingGroupName"), required("LifecycleHookName")];
  const [token, instanceId] = [form.get("LifecycleActionToken"), form.get("InstanceId")];
  if (token === null && instanceId === null)
    throw new QueryRefusal("ValidationError", "LifecycleActionToken or InstanceId is required.");
  for (const wait of world.lifecycleWaits.values())
    if (
      wait.group === group &&
      wait.hook === hook &&
      (token === null || wait.token === token) &&
      (instanceId === null || wait.instance.machine.instanceId === instanceId)
    )
      return wait;
  throw new QueryRefusal(
    "ValidationError",
    `No active Lifecycle Action found with ${instanceId === null ? `token ${token}` : `instance ID ${instanceId}`}`,
  );
}

/** The body of a successful answer; throws a {@link QueryRefusal}. */
export function answerAutoScaling(
  engine: Engine,
  action: string,
  form: URLSearchParams,
  requestId: string,
): string {
  if (action === "RecordLifecycleActionHeartbeat")
    engine.act((world, now) => heartbeat(world, now, requestedWait(world, form)));
  else if (action === "CompleteLifecycleAction") {
    if (!["CONTINUE", "ABANDON"].includes(form.get("LifecycleActionResult") ?? ""))
      throw new QueryRefusal(
        "ValidationError",
        "LifecycleActionResult must be CONTINUE or ABANDON.",
      );
    engine.act((world, now) => endWait(world, now, requestedWait(world, form)));
  } else
    throw new QueryRefusal(
      "InvalidAction",
      `The action ${action} is not valid for this simulator.`,
    );
  return answerXml(autoScalingNamespace, action, requestId, "");
}
