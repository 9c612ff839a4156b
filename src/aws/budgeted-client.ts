// Makes an SDK client take a token of the shared budget for every request that it sends: each page of a list and each
// retry by the SDK is one. Decides no rates.
import type { ECSClient } from "@aws-sdk/client-ecs";
import { parseEcsArn } from "../ecs/arn.ts";
import { callClassOf } from "../ecs/api-budget.ts";
import type { ApiBudget } from "../ecs/api-budget.ts";
import { awsErrorName } from "../ecs/aws-error.ts";
import { isObject } from "../ecs/json.ts";

export interface ClientBudget {
  readonly budget: ApiBudget;
  /** Whose credentials the client has, for calls that name no cluster. */
  readonly account: () => Promise<string | undefined>;
  /** Ends the waiting for a token; the call then fails with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Shared by all calls whose account nobody can tell: rather too slow than too fast. */
const unknownAccount = "unknown";

function accountIn(input: unknown): string | undefined {
  if (!isObject(input)) return undefined;
  const arn = input["cluster"] ?? input["taskDefinition"];
  return typeof arn === "string" ? parseEcsArn(arn)?.account : undefined;
}

/**
 * `takes: false` only reports throttling, for a client whose caller takes the token by itself, because it has to look
 * again at what it wants after the wait.
 */
export function budgetCalls(
  client: ECSClient,
  { budget, account, signal }: ClientBudget,
  { takes }: { readonly takes: boolean },
): void {
  const budgeted =
    <Args extends { readonly input?: unknown }, Result>(
      next: (args: Args) => Promise<Result>,
      context: { readonly commandName?: string },
    ) =>
    async (args: Args): Promise<Result> => {
      const callClass = callClassOf((context.commandName ?? "").replace(/Command$/, ""));
      if (callClass === undefined) return next(args);
      const owner = accountIn(args.input) ?? (await account()) ?? unknownAccount;
      const region = await client.config.region();
      const calls = budget.of({ account: owner, region }, callClass);
      if (takes) await calls.take(signal);
      try {
        return await next(args);
      } catch (error) {
        if (awsErrorName(error) === "ThrottlingException") calls.throttled();
        throw error;
      }
    };
  // Within the SDK's retries, so that each attempt counts; before the request is signed for the present time.
  client.middlewareStack.addRelativeTo(budgeted, {
    name: "longshoreBudget",
    relation: "after",
    toMiddleware: "retryMiddleware",
    override: true,
  });
}
