// The first page: what is wrong first, then the whole fleet as tiles, or as the table of the same.
import { useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { byText } from "../derive.ts";
import type { Live } from "../live.ts";
import { ClusterMap } from "../map/cluster-map.tsx";
import { useCoverage } from "../map/coverage.ts";
import { legendOf, meanings } from "../map/meaning.ts";
import type { Meaning } from "../map/meaning.ts";
import type { Cluster } from "../model.ts";
import type { PageProps } from "../pages.ts";
import { Empty, PageHead } from "../parts/card.tsx";
import { links } from "../shell/route.ts";
import { changeQuery, route } from "../shell/router.ts";
import { List } from "../table/list.tsx";
import { Feed } from "./changes.tsx";
import { instanceColumns } from "./instance-columns.tsx";
import { Problems } from "./problem-list.tsx";

/** Changes beside the fleet; the page of changes has them all. */
const changesShown = 14;

/** The meaning that the address chooses. */
export function useMeaning(): Meaning {
  return useComputed(() => {
    const { by } = route.value.query;
    return meanings.find(([meaning]) => meaning === by)?.[0] ?? "status";
  }).value;
}

export function MeaningChoice({ meaning }: { readonly meaning: Meaning }) {
  return (
    <div class="map-controls">
      <label class="facet">
        <span>Colour by</span>
        <select
          value={meaning}
          onChange={({ currentTarget: { value } }) =>
            changeQuery({ by: value === "status" ? undefined : value })
          }
        >
          {meanings.map(([id, title]) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <ul class="legend" aria-label="What the colours mean">
        {legendOf(meaning).map(([tone, text]) => (
          <li key={tone} data-tone={tone}>
            {text}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Count({
  value,
  of,
  tone,
}: {
  readonly value: number;
  readonly of: string;
  readonly tone?: string;
}) {
  return (
    <span data-tone={value > 0 ? tone : undefined}>
      <b>{value.toLocaleString("en")}</b> {of}
    </span>
  );
}

/** The counts of a cluster in one line. */
export function Counts({ cluster: { instanceCounts, taskCounts } }: { readonly cluster: Cluster }) {
  const { total, draining, agentDisconnected } = instanceCounts;
  return (
    <p class="counts">
      <Count value={total} of={total === 1 ? "instance" : "instances"} />
      {draining > 0 && <Count value={draining} of="draining" tone="busy" />}
      {agentDisconnected > 0 && <Count value={agentDisconnected} of="agent off" tone="bad" />}
      <Count value={taskCounts.running} of="running" />
      {taskCounts.pending > 0 && <Count value={taskCounts.pending} of="starting" tone="busy" />}
    </p>
  );
}

function FleetMap({ live }: { readonly live: Live }) {
  const meaning = useMeaning();
  const coverage = useCoverage(live, meaning === "daemons");
  void live.revisions.cluster.value;
  const clusters = [...live.fleet.clusters.values()].sort((a, b) => byText(a.name, b.name));
  return (
    <>
      <MeaningChoice meaning={meaning} />
      {clusters.length === 0 && (
        <Empty>
          {live.fleet.synced.has("cluster")
            ? "No cluster is tracked yet."
            : "Waiting for the first picture."}
        </Empty>
      )}
      {clusters.map((cluster) => (
        <section class="cluster" key={cluster.arn} aria-label={`Cluster ${cluster.name}`}>
          <div class="cluster-head">
            <h2>
              <a href={links.cluster(cluster.arn)}>{cluster.name}</a>
            </h2>
            <span class="quiet">{cluster.region}</span>
            <Counts cluster={cluster} />
          </div>
          <ClusterMap live={live} cluster={cluster} meaning={meaning} coverage={coverage} />
        </section>
      ))}
    </>
  );
}

function FleetTable({ live }: { readonly live: Live }) {
  const columns = useMemo(() => instanceColumns(live), [live]);
  return (
    <List
      name="Fleet"
      columns={columns}
      facets={[{ id: "cluster", title: "Cluster" }]}
      sort={{ id: "cluster", down: false }}
      rows={() => live.fleet.instances}
      revision={live.revisions.instance}
      empty="No container instance is registered."
    />
  );
}

function RecentChanges({ live }: { readonly live: Live }) {
  const lines = live.feed.value.slice(0, changesShown);
  return (
    <section class="card recent" aria-labelledby="recent-title">
      <div class="card-head">
        <h2 id="recent-title">Changes</h2>
        <div class="card-controls">
          <a href="#/changes">All</a>
        </div>
      </div>
      {lines.length === 0 ? (
        <Empty>Nothing has changed since this page was opened.</Empty>
      ) : (
        <Feed lines={lines} />
      )}
    </section>
  );
}

function Totals({ live: { fleet, revisions } }: { readonly live: Live }) {
  for (const kind of ["cluster", "instance", "task"] as const) void revisions[kind].value;
  const { clusters, instances, tasks } = fleet;
  return (
    <p class="counts">
      <Count value={clusters.size} of={clusters.size === 1 ? "cluster" : "clusters"} />
      <Count value={instances.size} of="instances" />
      <Count value={tasks.size} of="tasks" />
    </p>
  );
}

export function FleetPage({ live }: PageProps) {
  const isTable = useComputed(() => route.value.query["view"] === "table").value;
  return (
    <>
      <PageHead title="Fleet" detail={<Totals live={live} />}>
        <div class="segments" role="group" aria-label="How the fleet is shown">
          <button
            type="button"
            aria-pressed={!isTable}
            onClick={() => changeQuery({ view: undefined })}
          >
            Tiles
          </button>
          <button
            type="button"
            aria-pressed={isTable}
            onClick={() => changeQuery({ view: "table" })}
          >
            Table
          </button>
        </div>
      </PageHead>
      {isTable ? (
        <FleetTable live={live} />
      ) : (
        <div class="fleet">
          <div class="fleet-map">
            <FleetMap live={live} />
          </div>
          <div class="fleet-side">
            <Problems live={live} />
            <RecentChanges live={live} />
          </div>
        </div>
      )}
    </>
  );
}
