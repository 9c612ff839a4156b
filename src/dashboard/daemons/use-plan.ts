// Asks the API what a change would do, while a person is still at it: a dry run a moment after the last key, never two
// answers out of order. And does it, once, when it is asked to.
import { useSignal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Live } from "../live.ts";
import { mutations } from "./documents.ts";
import type { MutationName } from "./documents.ts";
import { readPlan } from "./model.ts";
import type { Plan } from "./model.ts";

/** A pause in typing after which the plan is asked for, ms. */
const settleMs = 300;

type Input = Readonly<Record<string, unknown>>;

export interface Refusal {
  readonly problem: string;
  readonly code: string | undefined;
}

/** waiting: the answer to the newest input is not there yet; what is shown is of an earlier one. */
export interface Preview {
  readonly plan: Plan | undefined;
  readonly refusal: Refusal | undefined;
  readonly waiting: boolean;
}

const nothing: Preview = { plan: undefined, refusal: undefined, waiting: false };

/** The plan of an input, newly asked for whenever it changes; undefined asks for nothing. */
export function usePreview(
  live: Live,
  mutation: "registerDaemon" | "updateDaemon",
  input: Input | undefined,
): ReadonlySignal<Preview> {
  const preview = useSignal<Preview>(nothing);
  const question = JSON.stringify(input ?? null);
  useEffect(() => {
    if (!input) {
      preview.value = nothing;
      return undefined;
    }
    let isCurrent = true;
    preview.value = { ...preview.peek(), waiting: true };
    const timer = setTimeout(() => {
      void live.ask(mutations[mutation], { input, dryRun: true }).then((answer) => {
        if (!isCurrent) return;
        const read = readPlan(answer, mutation);
        preview.value =
          "plan" in read
            ? { plan: read.plan, refusal: undefined, waiting: false }
            : { plan: undefined, refusal: read, waiting: false };
      });
    }, settleMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [live, mutation, question]);
  return preview;
}

export interface Doing {
  readonly busy: boolean;
  readonly refusal: Refusal | undefined;
}

/** A mutation to be sent by a person: `run` resolves to whether it was done. A second run while one is under way is none. */
export function useMutation(live: Live): {
  readonly state: ReadonlySignal<Doing>;
  readonly run: (mutation: MutationName, input: Input) => Promise<boolean>;
} {
  const state = useSignal<Doing>({ busy: false, refusal: undefined });
  const here = useRef(true);
  useEffect(
    () => () => {
      here.current = false;
    },
    [],
  );
  const run = async (mutation: MutationName, input: Input) => {
    if (state.peek().busy) return false;
    state.value = { busy: true, refusal: undefined };
    const read = readPlan(await live.ask(mutations[mutation], { input }), mutation);
    const refusal = "plan" in read ? undefined : read;
    if (here.current) state.value = { busy: false, refusal };
    return refusal === undefined;
  };
  return { state, run };
}
