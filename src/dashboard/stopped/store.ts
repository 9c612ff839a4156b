// Stopped tasks, read page by page when somebody looks for them: a day of them is too much to be followed. What stops
// while the page is open is added from the live changes' side by reading again.
import { signal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { stoppedQuery } from "../documents.ts";
import type { Live } from "../live.ts";
import type { Task } from "../model.ts";
import { at, fieldsOf, isTask, textOr } from "../read.ts";

/** A stopped task with what is to be learned from its containers. */
export interface StoppedTask extends Task {
  readonly containers: readonly {
    readonly name: string;
    readonly image: string | null;
    readonly exitCode: number | null;
    readonly reason: string | null;
  }[];
}

export interface StoppedProgress {
  readonly loaded: number;
  readonly total: number;
  readonly isDone: boolean;
  readonly problem: string | undefined;
}

export interface StoppedStore {
  readonly tasks: ReadonlyMap<string, StoppedTask>;
  readonly revision: ReadonlySignal<number>;
  readonly progress: ReadonlySignal<StoppedProgress>;
  /** Reads them all anew, unless that is under way. */
  load(): void;
}

/** Pages of a thousand: more than this many tasks are not held in the browser, and the page says so. */
export const pagesMax = 20;

function createStore(live: Live): StoppedStore {
  const tasks = new Map<string, StoppedTask>();
  const revision = signal(0);
  const progress = signal<StoppedProgress>({
    loaded: 0,
    total: 0,
    isDone: false,
    problem: undefined,
  });
  let isLoading = false;

  async function readPages(): Promise<void> {
    const seen = new Set<string>();
    let after: string | null = null;
    for (let page = 0; page < pagesMax; page++) {
      const answer = await live.ask(stoppedQuery, { after });
      if (answer.type !== "data") {
        const problem = answer.type === "problem" ? answer.problem : "The server wants a token.";
        progress.value = { ...progress.value, problem };
        return;
      }
      const found = at(answer.data, "tasks");
      for (const task of fieldsOf(at(found, "nodes"))) {
        if (!isTask(task)) continue;
        tasks.set(task.arn, {
          ...task,
          containerHealth: "",
          endedBadly: false,
        } as unknown as StoppedTask);
        seen.add(task.arn);
      }
      const total = Number(at(found, "totalCount"));
      revision.value++;
      const isLast = at(found, "pageInfo", "hasNextPage") !== true;
      progress.value = { loaded: seen.size, total, isDone: isLast, problem: undefined };
      if (isLast) break;
      after = textOr(at(found, "pageInfo", "endCursor"), null);
    }
    // What is not kept any more by the server.
    for (const arn of tasks.keys()) if (!seen.has(arn)) tasks.delete(arn);
    progress.value = { ...progress.value, isDone: true };
    revision.value++;
  }

  return {
    tasks,
    revision,
    progress,
    load: () => {
      if (isLoading) return;
      isLoading = true;
      void readPages().finally(() => (isLoading = false));
    },
  };
}

const stores = new WeakMap<Live, StoppedStore>();

/** The one store of these live data: pages that are gone to and come back from share it. */
export function useStopped(live: Live): StoppedStore {
  const known = stores.get(live);
  if (known) return known;
  const store = createStore(live);
  stores.set(live, store);
  return store;
}
