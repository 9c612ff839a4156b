// The daemons: name, phase, and how many of its tasks run where they should.
import { useComputed } from "@preact/signals";
import { sortedDaemons } from "../derive.ts";
import { phaseTone } from "../feed.ts";
import type { Live } from "../live.ts";
import type { Daemon } from "../model.ts";
import { daemonKey } from "../state.ts";

const phaseText = (phase: string) => phase.toLowerCase().replaceAll("_", " ");

function DaemonRow({ daemon: { name, cluster, revision, status } }: { readonly daemon: Daemon }) {
  return (
    <tr>
      <th scope="row">
        {name} <span class="quiet">rev {revision}</span>
      </th>
      <td>{cluster.name}</td>
      <td>
        <span class="chip" data-tone={phaseTone(status.phase)}>
          {phaseText(status.phase)}
        </span>
      </td>
      <td class="ratio">
        <progress
          max={Math.max(1, status.desired)}
          value={status.running}
          aria-label={`${status.running} of ${status.desired} running`}
        />
        <span>
          {status.running} / {status.desired}
        </span>
      </td>
      <td class="number">{status.updated}</td>
      <td class="number">{status.waiting}</td>
      <td class="number" data-tone={status.failed > 0 ? "bad" : undefined}>
        {status.failed}
      </td>
    </tr>
  );
}

/** The table of daemons. */
export function Daemons({ live }: { readonly live: Live }) {
  const daemons = useComputed(() => live.state.value.daemons);
  const rows = sortedDaemons(daemons.value.values());
  return (
    <section id="daemons" class="card" aria-labelledby="daemons-title">
      <div class="card-head">
        <h2 id="daemons-title">Daemons</h2>
        <p class="quiet">{rows.length}</p>
      </div>
      {rows.length === 0 ? (
        <p class="empty">
          No daemon is registered. The <a href="/playground">playground</a> has a mutation that
          registers one.
        </p>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-labelledby="daemons-title">
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
    </section>
  );
}
