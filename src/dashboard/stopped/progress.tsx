// How far the stopped tasks are loaded, and what is left out.
import { Notice } from "../parts/card.tsx";
import type { StoppedStore } from "./store.ts";

export function StoppedProgress({ stopped }: { readonly stopped: StoppedStore }) {
  const { loaded, total, isDone, problem } = stopped.progress.value;
  if (problem !== undefined) return <Notice>The stopped tasks could not be read: {problem}</Notice>;
  if (!isDone)
    return (
      <div class="load" role="status">
        <progress aria-label="Loading stopped tasks" max={Math.max(1, total)} value={loaded} />
        <span>
          {loaded.toLocaleString("en")} of {total.toLocaleString("en")} stopped tasks
        </span>
      </div>
    );
  if (loaded >= total) return null;
  return (
    <p class="notice">
      {loaded.toLocaleString("en")} of {total.toLocaleString("en")} stopped tasks are shown: the
      others are in the API only.
    </p>
  );
}
