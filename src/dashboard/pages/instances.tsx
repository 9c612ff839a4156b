// The list of container instances, filtered by words, by facets, or by an expression of the cluster query language.
import { useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { PageProps } from "../pages.ts";
import { PageHead } from "../parts/card.tsx";
import { List } from "../table/list.tsx";
import { ExpressionField, useExpression } from "./expression.tsx";
import { instanceColumns } from "./instance-columns.tsx";

const facets = [
  { id: "cluster", title: "Cluster" },
  { id: "status", title: "Status" },
  { id: "zone", title: "Zone" },
];

export function InstancesPage({ live }: PageProps) {
  const columns = useMemo(() => instanceColumns(live), [live]);
  // Tasks move the counts on a row: the list looks again for both.
  const revision = useComputed(
    () => `${live.revisions.instance.value} ${live.revisions.task.value}`,
  );
  const selected = useExpression(live);
  return (
    <>
      <PageHead title="Container instances" />
      <List
        name="Container instances"
        columns={columns}
        facets={facets}
        sort={{ id: "instance", down: false }}
        rows={() => live.fleet.instances}
        revision={revision}
        only={selected.only}
        empty={
          live.fleet.synced.has("instance")
            ? "No container instance is registered."
            : "Waiting for the first picture."
        }
      >
        <ExpressionField problem={selected.problem} />
      </List>
    </>
  );
}
