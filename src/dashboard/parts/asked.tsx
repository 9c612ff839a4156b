// What a query answers, asked for while its part of the page is shown, and again when what it depends on has moved.
import { useSignal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Answer, Live } from "../live.ts";
import { Notice } from "./card.tsx";

/** Between two times of asking the same, ms: what changes many times a second is read by people. */
const betweenMs = 1000;

/**
 * The newest answer; undefined until there is one. Asks again when `query`, a variable or `when` is another, at most
 * once a second for the same question. A failure leaves the answer before it where it was of the same question.
 */
export function useAsked(
  live: Live,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  when?: unknown,
): ReadonlySignal<Answer | undefined> {
  const answer = useSignal<Answer | undefined>(undefined);
  const question = JSON.stringify([query, variables]);
  const askedAtMs = useRef(0);
  const answered = useRef("");
  useEffect(() => {
    let isCurrent = true;
    if (answered.current !== question) {
      answer.value = undefined;
      askedAtMs.current = 0;
    }
    const wait = Math.max(0, askedAtMs.current + betweenMs - performance.now());
    const timer = setTimeout(() => {
      askedAtMs.current = performance.now();
      void live.ask(query, variables).then((given) => {
        if (!isCurrent) return;
        const keepsOld = given.type !== "data" && answer.peek()?.type === "data";
        if (!keepsOld || answered.current !== question) answer.value = given;
        answered.current = question;
      });
    }, wait);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [live, question, when]);
  return answer;
}

/** Shows what an answer brought, or that it is waited for, or why there is none. */
export function Answered({
  answer,
  children,
}: {
  readonly answer: Answer | undefined;
  readonly children: (data: unknown) => ComponentChildren;
}) {
  if (!answer) return <p class="empty">Asking the server.</p>;
  if (answer.type === "data") return <>{children(answer.data)}</>;
  return (
    <Notice>{answer.type === "problem" ? answer.problem : "The server wants a token."}</Notice>
  );
}
