// The daemons: phase, how many tasks run where they should, and how far a rollout is, those in trouble first.
import { sortedDaemons } from "../derive.ts";
import { phaseTone } from "../feed.ts";
import { daemonKey } from "../fleet.ts";
import type { Live } from "../live.ts";
import type { Daemon } from "../model.ts";
import type { PageProps } from "../pages.ts";
import { Age } from "../parts/age.tsx";
import { Empty, Meter, PageHead } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { changeQuery, route } from "../shell/router.ts";
import { useNarrow } from "../table/list.tsx";
import { DaemonPage } from "./daemon.tsx";
import "./daemons.css";
import { RegisterPage, UpdatePage } from "./form-pages.tsx";
import { asWords } from "./model.ts";
import { daemonLink, registerLink } from "./place.ts";

const heads = [
  "Name",
  "Phase",
  "Since",
  "Cluster",
  "Running",
  "Healthy",
  "Updated",
  "Waiting",
  "Failed",
  "Why",
];

/** Figures stand at the end of their column, and so does what heads it. */
const figures = new Set(["Since", "Healthy", "Waiting", "Failed"]);

interface DaemonProps {
  readonly live: Live;
  readonly daemon: Daemon;
}

function Name({ live, daemon: { name, cluster, revision, mode } }: DaemonProps) {
  return (
    <>
      <a href={daemonLink(live, cluster.arn, name)}>{name}</a>{" "}
      <small class="quiet">
        {revision}
        {mode === "ALWAYS" ? "" : `, ${asWords(mode)}`}
      </small>
    </>
  );
}

const Phase = ({ phase }: { readonly phase: string }) => (
  <Chip text={asWords(phase)} tone={phaseTone(phase)} />
);

function Running({ desired, running, failed }: Daemon["status"]) {
  return (
    <Meter
      label={`${running} of ${desired} running`}
      value={running}
      max={desired}
      text={`${running} / ${desired}`}
      tone={failed > 0 ? "bad" : undefined}
    />
  );
}

function DaemonRow({ live, daemon }: DaemonProps) {
  const { cluster, revision, status } = daemon;
  const { desired, healthy, updated, waiting, failed } = status;
  return (
    <tr>
      <th scope="row">
        <Name live={live} daemon={daemon} />
      </th>
      <td>
        <Phase phase={status.phase} />
      </td>
      <td class="number">
        <Age key={status.since} at={status.since} nowMs={live.nowMs} />
      </td>
      <td>
        <div class="place" title={cluster.name}>
          {cluster.name}
        </div>
      </td>
      <td>
        <Running {...status} />
      </td>
      <td class="number">{healthy}</td>
      <td>
        <Meter
          label={`${updated} of ${desired} of revision ${revision}`}
          value={updated}
          max={desired}
          text={`${updated} / ${desired}`}
        />
      </td>
      <td class="number">{waiting || "–"}</td>
      <td class="number" data-tone={failed > 0 ? "bad" : undefined}>
        {failed || "–"}
      </td>
      <td class="why">{status.reason}</td>
    </tr>
  );
}

/** The same on a phone, where ten columns are not in sight. */
function DaemonItem({ live, daemon }: DaemonProps) {
  const { cluster, status } = daemon;
  const { healthy, updated, waiting, failed } = status;
  return (
    <li>
      <div class="daemon-head">
        <span>
          <Name live={live} daemon={daemon} />
        </span>
        <Phase phase={status.phase} />
      </div>
      <p class="quiet">
        {cluster.name}, for <Age key={status.since} at={status.since} nowMs={live.nowMs} />
      </p>
      <div class="daemon-figures">
        <Running {...status} />
        <span>
          {healthy} healthy, {updated} updated{waiting > 0 && `, ${waiting} waiting`}
        </span>
        {failed > 0 && <b data-tone="bad">{failed} failed</b>}
      </div>
      <p>{status.reason}</p>
    </li>
  );
}

function DaemonItems({ live, rows }: DaemonsProps) {
  return (
    <ul class="plain-list card daemon-items" aria-label={listLabel}>
      {rows.map((daemon) => (
        <DaemonItem key={daemonKey(daemon)} live={live} daemon={daemon} />
      ))}
    </ul>
  );
}

interface DaemonsProps {
  readonly live: Live;
  readonly rows: readonly Daemon[];
}

const listLabel = "Daemons, those in trouble first";

function DaemonTable({ live, rows }: DaemonsProps) {
  return (
    <div class="card">
      <div class="scroll" tabIndex={0} role="region" aria-label={listLabel}>
        <table class="daemons">
          <thead>
            <tr>
              {heads.map((head) => (
                <th scope="col" key={head} class={figures.has(head) ? "number" : undefined}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((daemon) => (
              <DaemonRow key={daemonKey(daemon)} live={live} daemon={daemon} />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

const matches = ({ name, cluster, status }: Daemon, words: readonly string[]): boolean => {
  const text = `${name} ${cluster.name} ${status.phase} ${asWords(status.phase)} ${status.reason}`;
  return words.every((word) => text.toLowerCase().includes(word));
};

export function DaemonsPage({ live }: PageProps) {
  void live.revisions.daemon.value;
  const filter = route.value.query["q"] ?? "";
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const all = sortedDaemons(live.fleet.daemons.values());
  const rows = all.filter((daemon) => matches(daemon, words));
  const isSynced = live.fleet.synced.has("daemon");
  const Shown = useNarrow() ? DaemonItems : DaemonTable;
  return (
    <>
      <PageHead title="Daemons" detail={all.length.toLocaleString("en")}>
        <label class="filter">
          <span class="hidden">Filter daemons</span>
          <input
            type="search"
            placeholder="Filter: name, cluster, phase"
            value={filter}
            onInput={({ currentTarget }) => changeQuery({ q: currentTarget.value })}
          />
        </label>
        {live.mayChange.value === true && (
          <a class="button primary" href={registerLink()}>
            Register a daemon
          </a>
        )}
      </PageHead>
      {rows.length === 0 ? (
        <Empty>
          {!isSynced
            ? "Waiting for the first picture."
            : all.length > 0
              ? "No daemon matches."
              : "No daemon is registered: one runs a task on every container instance that it selects."}
        </Empty>
      ) : (
        <Shown live={live} rows={rows} />
      )}
    </>
  );
}

/** What lies behind `#/daemons/`: the form for a new one, one daemon, or the form to change it. */
export function DaemonPlacePage({ live, rest }: PageProps) {
  const [cluster = "", name, what] = rest;
  if (name === undefined)
    return cluster === "register" ? (
      <RegisterPage live={live} />
    ) : (
      <DaemonsPage live={live} rest={[]} />
    );
  if (what === "update") return <UpdatePage live={live} cluster={cluster} name={name} />;
  return <DaemonPage live={live} cluster={cluster} name={name} />;
}
