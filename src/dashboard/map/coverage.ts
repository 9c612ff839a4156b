// Which daemons each container instance should have, asked for by the clock while somebody looks at it.
import { useSignal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { coverageQuery } from "../documents.ts";
import type { Live } from "../live.ts";
import { at, fieldsOf, textOr } from "../read.ts";
import type { Cover } from "./meaning.ts";

export type Coverage = ReadonlyMap<string, readonly Cover[]>;

const againMs = 4000;

async function readCoverage(live: Live): Promise<Coverage | undefined> {
  const coverage = new Map<string, readonly Cover[]>();
  let after: string | null = null;
  for (;;) {
    const answer = await live.ask(coverageQuery, { after });
    if (answer.type !== "data") return undefined;
    const page = at(answer.data, "containerInstances");
    for (const { arn, daemons } of fieldsOf(at(page, "nodes")))
      coverage.set(
        textOr(arn, ""),
        fieldsOf(daemons).map(({ name, state }) => ({
          name: textOr(name, ""),
          state: textOr(state, ""),
        })),
      );
    if (at(page, "pageInfo", "hasNextPage") !== true) return coverage;
    after = textOr(at(page, "pageInfo", "endCursor"), null);
  }
}

/** Coverage by instance ARN while `isWanted`; undefined until it is known. */
export function useCoverage(live: Live, isWanted: boolean): ReadonlySignal<Coverage | undefined> {
  const coverage = useSignal<Coverage | undefined>(undefined);
  useEffect(() => {
    if (!isWanted) return undefined;
    let timer: ReturnType<typeof setTimeout>;
    let isCurrent = true;
    const look = () =>
      void readCoverage(live).then((found) => {
        if (!isCurrent) return;
        if (found) coverage.value = found;
        timer = setTimeout(look, againMs);
      });
    look();
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [live, isWanted]);
  return coverage;
}
