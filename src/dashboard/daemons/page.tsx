// The daemons: name, phase, and how many of its tasks run where they should.
import { sortedDaemons } from "../derive.ts";
import { phaseTone } from "../feed.ts";
import { daemonKey } from "../fleet.ts";
import type { Daemon } from "../model.ts";
import type { PageProps } from "../pages.ts";
import { Card, Empty, Meter, PageHead } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { links } from "../shell/route.ts";

function DaemonRow({ daemon: { name, cluster, revision, status } }: { readonly daemon: Daemon }) {
  return (
    <tr>
      <th scope="row">
        {name} <span class="quiet">rev {revision}</span>
      </th>
      <td>
        <a href={links.cluster(cluster.arn)}>{cluster.name}</a>
      </td>
      <td>
        <Chip text={status.phase} tone={phaseTone(status.phase)} title={status.reason} />
      </td>
      <td>
        <Meter
          label="Running"
          value={status.running}
          max={status.desired}
          text={`${status.running} / ${status.desired}`}
        />
      </td>
      <td class="number">{status.updated}</td>
      <td class="number">{status.waiting}</td>
      <td class="number" data-tone={status.failed > 0 ? "bad" : undefined}>
        {status.failed}
      </td>
    </tr>
  );
}

export function DaemonsPage({ live }: PageProps) {
  void live.revisions.daemon.value;
  const rows = sortedDaemons(live.fleet.daemons.values());
  return (
    <>
      <PageHead title="Daemons" />
      <Card title="All daemons" detail={rows.length}>
        {rows.length === 0 ? (
          <Empty>No daemon is registered.</Empty>
        ) : (
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Cluster</th>
                  <th scope="col">Phase</th>
                  <th scope="col">Running / desired</th>
                  <th scope="col">Updated</th>
                  <th scope="col">Waiting</th>
                  <th scope="col">Failed</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((daemon) => (
                  <DaemonRow key={daemonKey(daemon)} daemon={daemon} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
    </>
  );
}
