// How far the first picture, or a new snapshot, has come. Nothing once it is whole.
import type { Live } from "../live.ts";
import { alwaysFollowed } from "../model.ts";

const words = {
  cluster: "clusters",
  instance: "container instances",
  daemon: "daemons",
  task: "tasks",
};

/** The counts of clusters say how much there is to load before it has come. */
function expected(live: Live): number {
  let sum = 0;
  for (const { instanceCounts, taskCounts } of live.fleet.clusters.values())
    sum += instanceCounts.total + taskCounts.total - taskCounts.stopped;
  return sum;
}

export function LoadProgress({ live }: { readonly live: Live }) {
  const { fleet, revisions } = live;
  for (const kind of alwaysFollowed) void revisions[kind].value;
  const missing = alwaysFollowed.filter((kind) => !fleet.synced.has(kind));
  if (missing.length === 0 || live.connection.value.state === "lost") return null;
  const loaded = fleet.instances.size + fleet.tasks.size;
  const all = Math.max(expected(live), loaded);
  return (
    <div class="load" role="status">
      <progress
        aria-label="Loading the fleet"
        {...(all === 0 ? {} : { max: all, value: loaded })}
      />
      <span>
        {all === 0
          ? "Waiting for the first picture"
          : `Loading ${missing.map((kind) => words[kind]).join(", ")}: ${loaded.toLocaleString("en")} of about ${all.toLocaleString("en")}`}
      </span>
    </div>
  );
}
