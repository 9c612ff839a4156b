// The list of tasks: those that have not stopped, live; with `of=stopped` those that have, read page by page.
import { useComputed } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { PageProps } from "../pages.ts";
import type { Live } from "../live.ts";
import { PageHead } from "../parts/card.tsx";
import { changeQuery, route } from "../shell/router.ts";
import { StoppedProgress } from "../stopped/progress.tsx";
import { useStopped } from "../stopped/store.ts";
import { List } from "../table/list.tsx";
import { ExpressionField, useExpression } from "./expression.tsx";
import { taskColumns } from "./task-columns.tsx";

const facets = [
  { id: "cluster", title: "Cluster" },
  { id: "status", title: "Status" },
];

function Living({ live }: { readonly live: Live }) {
  const columns = useMemo(() => taskColumns(live), [live]);
  const selected = useExpression(live);
  const only = useMemo(() => {
    const { only: isSelected } = selected;
    return (
      isSelected &&
      ((task: { readonly containerInstanceArn: string | null }) =>
        task.containerInstanceArn !== null && isSelected({ arn: task.containerInstanceArn }))
    );
  }, [selected.only]);
  return (
    <List
      name="Tasks"
      columns={columns}
      facets={facets}
      sort={{ id: "since", down: true }}
      rows={() => live.fleet.tasks}
      revision={live.revisions.task}
      only={only}
      empty={live.fleet.synced.has("task") ? "No task runs." : "Waiting for the first picture."}
    >
      <ExpressionField problem={selected.problem} />
    </List>
  );
}

function Stopped({ live }: { readonly live: Live }) {
  const columns = useMemo(() => taskColumns(live), [live]);
  const stopped = useStopped(live);
  useEffect(() => stopped.load(), [stopped]);
  return (
    <>
      <StoppedProgress stopped={stopped} />
      <List
        name="Stopped tasks"
        columns={columns}
        facets={facets}
        sort={{ id: "since", down: true }}
        rows={() => stopped.tasks}
        revision={stopped.revision}
        empty={stopped.progress.value.isDone ? "No stopped task is kept." : "Loading."}
      />
    </>
  );
}

export function TasksPage({ live }: PageProps) {
  const isStopped = useComputed(() => route.value.query["of"] === "stopped").value;
  return (
    <>
      <PageHead title="Tasks">
        <div class="segments" role="group" aria-label="Which tasks">
          <button
            type="button"
            aria-pressed={!isStopped}
            onClick={() => changeQuery({ of: undefined, status: undefined })}
          >
            Living
          </button>
          <button
            type="button"
            aria-pressed={isStopped}
            onClick={() => changeQuery({ of: "stopped", status: undefined })}
          >
            Stopped
          </button>
        </div>
      </PageHead>
      {isStopped ? <Stopped live={live} /> : <Living live={live} />}
    </>
  );
}
