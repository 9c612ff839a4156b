// One section a cluster: its counts, and a tile for each container instance, zone by zone.
import { useComputed } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { loadByInstance, noLoad, zonesByCluster } from "../derive.ts";
import type { Load, Zone } from "../derive.ts";
import type { Live } from "../live.ts";
import type { Cluster } from "../model.ts";
import { InstanceTile } from "./instance-tile.tsx";

/** From this many container instances on, tiles of a cluster are small. */
const denseFrom = 150;

function Count({
  label,
  value,
  tone,
}: {
  readonly label: string;
  readonly value: number;
  readonly tone?: string;
}) {
  return (
    <div data-tone={value > 0 ? tone : undefined}>
      <dt>{label}</dt>
      <dd>{value.toLocaleString("en")}</dd>
    </div>
  );
}

function Counts({ cluster: { instanceCounts, taskCounts } }: { readonly cluster: Cluster }) {
  return (
    <dl class="counts">
      <Count label="Instances" value={instanceCounts.total} />
      <Count label="Draining" value={instanceCounts.draining} tone="busy" />
      <Count label="Agent off" value={instanceCounts.agentDisconnected} tone="bad" />
      <Count label="Tasks running" value={taskCounts.running} />
      <Count label="Starting" value={taskCounts.pending} tone="busy" />
      <Count label="Stopped, kept" value={taskCounts.stopped} />
    </dl>
  );
}

interface SectionProps {
  readonly cluster: Cluster;
  readonly zones: readonly Zone[];
  readonly loads: ReadonlyMap<string, Load>;
  readonly onOpen: (arn: string) => void;
}

function ClusterSection({ cluster, zones, loads, onOpen }: SectionProps) {
  const instances = zones.reduce((sum, zone) => sum + zone.instances.length, 0);
  return (
    <section class="cluster card" aria-label={`Cluster ${cluster.name}`}>
      <div class="card-head">
        <h3>{cluster.name}</h3>
        <p class="quiet">
          {cluster.region} · {cluster.account}
        </p>
      </div>
      <Counts cluster={cluster} />
      {cluster.freshness.problem !== null && (
        <p class="notice">Reconcile failed: {cluster.freshness.problem}</p>
      )}
      {instances === 0 && (
        <p class="quiet">No container instances. Tasks on Fargate are in the table below.</p>
      )}
      <div class="zones" data-dense={instances >= denseFrom}>
        {zones.map((zone) => (
          <div class="zone" key={zone.name}>
            <h4>
              {zone.name} <span class="quiet">{zone.instances.length}</span>
            </h4>
            <div class="tiles">
              {zone.instances.map((instance) => (
                <InstanceTile
                  key={instance.arn}
                  instance={instance}
                  load={loads.get(instance.arn) ?? noLoad}
                  onOpen={onOpen}
                />
              ))}
            </div>
          </div>
        ))}
      </div>
    </section>
  );
}

/** All clusters with their container instances. */
export function Clusters({
  live,
  onOpen,
}: {
  readonly live: Live;
  readonly onOpen: (arn: string) => void;
}) {
  const instances = useComputed(() => live.state.value.instances);
  const tasks = useComputed(() => live.state.value.tasks);
  const clusters = useComputed(() => live.state.value.clusters);
  const zones: ReadonlySignal<ReadonlyMap<string, readonly Zone[]>> = useComputed(() =>
    zonesByCluster(instances.value.values()),
  );
  const loads = useComputed(() => loadByInstance(tasks.value.values()));
  const isSynced = useComputed(() => live.state.value.synced.has("cluster"));
  const sorted = [...clusters.value.values()].sort((a, b) => a.arn.localeCompare(b.arn));
  return (
    <section id="clusters" aria-labelledby="clusters-title">
      <h2 id="clusters-title">Clusters</h2>
      {sorted.length === 0 && (
        <p class="empty">
          {isSynced.value ? "No cluster is tracked yet." : "Waiting for the first picture."}
        </p>
      )}
      {sorted.length > 0 && (
        <ul class="legend" aria-label="What a tile shows">
          <li data-standing="good">active</li>
          <li data-standing="busy">draining or registering</li>
          <li data-standing="bad">agent off or failed</li>
          <li class="legend-daemon">daemon's task runs</li>
          <li class="legend-daemon moving">daemon's task starts or stops</li>
          <li>number: tasks running</li>
        </ul>
      )}
      {sorted.map((cluster) => (
        <ClusterSection
          key={cluster.arn}
          cluster={cluster}
          zones={zones.value.get(cluster.arn) ?? []}
          loads={loads.value}
          onOpen={onOpen}
        />
      ))}
    </section>
  );
}
