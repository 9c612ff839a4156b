// Auto Scaling's lifecycle hooks by the AWS SDK, which is loaded when the first hook is answered: most never see one.
import type { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import type { CredentialsOf } from "./account-credentials.ts";
import { awsErrorName } from "../ecs/aws-error.ts";
import type { Departure, HookHolder, LifecycleHook } from "../ecs/departure.ts";

const timeoutMs = 10_000;

function actionOf({ ec2InstanceId }: Departure, { group, name, token }: LifecycleHook) {
  return {
    AutoScalingGroupName: group,
    LifecycleHookName: name,
    InstanceId: ec2InstanceId,
    ...(token === undefined ? {} : { LifecycleActionToken: token }),
  };
}

/** Auto Scaling says ValidationError for a wait that has ended, as it does for a malformed request. */
function isGone(error: unknown): boolean {
  return (
    awsErrorName(error) === "ValidationError" &&
    error instanceof Error &&
    error.message.includes("No active Lifecycle Action")
  );
}

export function createHookHolder(credentialsOf: CredentialsOf): HookHolder & { close(): void } {
  const clients = new Map<string, AutoScalingClient>();
  async function clientOf({ account, region }: Departure) {
    const sdk = await import("@aws-sdk/client-auto-scaling");
    let client = clients.get(`${account} ${region}`);
    if (!client) {
      const requestHandler = { connectionTimeout: 5000, requestTimeout: timeoutMs };
      client = new sdk.AutoScalingClient({
        region,
        requestHandler,
        credentials: credentialsOf(account),
      });
      clients.set(`${account} ${region}`, client);
    }
    return { sdk, client };
  }
  async function unlessGone<Done>(
    call: () => Promise<unknown>,
    done: Done,
  ): Promise<Done | "gone"> {
    try {
      await call();
      return done;
    } catch (error) {
      if (isGone(error)) return "gone";
      throw error;
    }
  }
  return {
    heartbeat: async (departure, hook) => {
      const { sdk, client } = await clientOf(departure);
      const command = new sdk.RecordLifecycleActionHeartbeatCommand(actionOf(departure, hook));
      return unlessGone(() => client.send(command), "held");
    },
    complete: async (departure, hook) => {
      const { sdk, client } = await clientOf(departure);
      const command = new sdk.CompleteLifecycleActionCommand({
        ...actionOf(departure, hook),
        LifecycleActionResult: "CONTINUE",
      });
      return unlessGone(() => client.send(command), "completed");
    },
    close: () => {
      for (const client of clients.values()) client.destroy();
    },
  };
}
