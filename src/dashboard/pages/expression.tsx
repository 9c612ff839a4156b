// The ECS cluster query language as a filter of a list: the API says which container instances it selects.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { expressionQuery } from "../documents.ts";
import type { Live } from "../live.ts";
import { at, fieldsOf, textOr } from "../read.ts";
import { changeQuery, route } from "../shell/router.ts";

type Selected =
  | { readonly type: "all" }
  | { readonly type: "some"; readonly arns: ReadonlySet<string> }
  | { readonly type: "problem"; readonly problem: string };

/** What an instance is selected by may change without a word of it here (attributes): asked again after this. */
const againMs = 5000;
/** Until somebody has stopped typing. */
const settledMs = 250;

async function select(live: Live, expression: string): Promise<Selected> {
  const arns = new Set<string>();
  let after: string | null = null;
  for (;;) {
    const answer = await live.ask(expressionQuery, { expression, after });
    if (answer.type !== "data")
      return {
        type: "problem",
        problem: answer.type === "problem" ? answer.problem : "The server wants a token.",
      };
    const page = at(answer.data, "containerInstances");
    for (const { arn } of fieldsOf(at(page, "nodes"))) arns.add(textOr(arn, ""));
    if (at(page, "pageInfo", "hasNextPage") !== true) return { type: "some", arns };
    after = textOr(at(page, "pageInfo", "endCursor"), null);
  }
}

/** Which instances the address's `expression` selects: a test by ARN, or why there is none. */
export function useExpression(live: Live): {
  readonly only: ((instance: { readonly arn: string }) => boolean) | undefined;
  readonly problem: string | undefined;
} {
  const expression = useComputed(() => route.value.query["expression"] ?? "").value;
  const selected = useSignal<Selected>({ type: "all" });
  useEffect(() => {
    if (expression.trim() === "") {
      selected.value = { type: "all" };
      return undefined;
    }
    let timer: ReturnType<typeof setTimeout>;
    let isCurrent = true;
    const look = () =>
      void select(live, expression).then((found) => {
        if (!isCurrent) return;
        selected.value = found;
        timer = setTimeout(look, againMs);
      });
    timer = setTimeout(look, settledMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [live, expression]);
  const only = useComputed(() => {
    const now = selected.value;
    return now.type === "some"
      ? ({ arn }: { readonly arn: string }) => now.arns.has(arn)
      : undefined;
  });
  const now = selected.value;
  return { only: only.value, problem: now.type === "problem" ? now.problem : undefined };
}

export function ExpressionField({ problem }: { readonly problem: string | undefined }) {
  const value = route.value.query["expression"] ?? "";
  return (
    <label class="filter expression">
      <span class="hidden">Cluster query language</span>
      <input
        type="text"
        class="id"
        spellcheck={false}
        autocomplete="off"
        placeholder="Query: agentConnected == false"
        value={value}
        aria-invalid={problem !== undefined}
        onInput={({ currentTarget }) => changeQuery({ expression: currentTarget.value })}
      />
      {problem !== undefined && (
        <span class="field-problem" role="alert">
          {problem}
        </span>
      )}
    </label>
  );
}
