// The page of one daemon: how it stands and why, its settings, revisions, placements and history, and what may be done.
import { useSignal } from "@preact/signals";
import { phaseTone } from "../feed.ts";
import type { Live } from "../live.ts";
import { For } from "../parts/age.tsx";
import { Card, Empty, Facts, Notice, PageHead } from "../parts/card.tsx";
import type { Fact } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { links } from "../shell/route.ts";
import { AskDialog, Controls } from "./controls.tsx";
import type { Asking } from "./controls.tsx";
import { useDaemonAnswer, usePlacements } from "./daemon-data.ts";
import type { DaemonPlace } from "./daemon-data.ts";
import { daemonEventsQuery, daemonQuery } from "./documents.ts";
import { ExplainDialog } from "./explain.tsx";
import { EventsCard, RevisionsCard } from "./history.tsx";
import { asWords, readDaemon, readEvents } from "./model.ts";
import type { DaemonDetails } from "./model.ts";
import { PlacementsCard } from "./placements.tsx";
import { RolloutCard } from "./rollout.tsx";

const eventsShown = 100;

function settingsOf(daemon: DaemonDetails): readonly Fact[] {
  const { rollout, revisions, revision } = daemon;
  const current = revisions.find((each) => each.revision === revision);
  const surge = rollout.method === "REPLACE_THEN_TERMINATE";
  return [
    ["Task definition", current?.taskDefinition],
    ["Selector", current?.selector || "every container instance"],
    ["Mode", daemon.mode],
    ["Launch", daemon.launch],
    ["Method", rollout.method],
    ["Stay healthy", `${rollout.minHealthyPercent} %`],
    ...(surge ? [["Run twice", `${rollout.maxOverPercent} %`] as const] : []),
    ["Canary", rollout.canaryPercent === 0 ? "none" : `${rollout.canaryPercent} %`],
    ["Rolls back by itself", rollout.autoRollback ? "yes" : "no"],
    ["Drain order", daemon.drainOrder],
    ["Readiness attribute", daemon.readinessAttribute],
    ["Tags", current?.tags.map(({ key, value }) => `${key}=${value}`).join(", ")],
  ];
}

function Shown({ place, daemon }: { readonly place: DaemonPlace; readonly daemon: DaemonDetails }) {
  const { live } = place;
  const asking = useSignal<Asking | undefined>(undefined);
  const explained = useSignal<string | undefined>(undefined);
  const placements = usePlacements(place).value;
  const events = useDaemonAnswer(place, daemonEventsQuery, { first: eventsShown }).value;
  const ask = (next: Asking) => (asking.value = next);
  const mayChange = live.mayChange.value === true && daemon.status.phase !== "DELETING";
  const once = daemon.mode !== "ALWAYS";
  const { phase } = daemon.status;
  const list = typeof placements === "string" ? undefined : placements;
  return (
    <>
      <PageHead
        title={daemon.name}
        crumbs={[["Daemons", links.daemons]]}
        detail={
          <>
            <Chip text={asWords(phase)} tone={phaseTone(phase)} />
            <For at={daemon.status.since} live={live} />
            <a href={links.cluster(daemon.cluster.arn)}>{daemon.cluster.name}</a>
            <span>revision {daemon.revision}</span>
          </>
        }
      >
        {live.mayChange.value === true && <Controls live={live} daemon={daemon} onAsk={ask} />}
      </PageHead>
      {typeof placements === "string" && <Notice>{placements}</Notice>}
      <div class="daemon-page">
        <RolloutCard live={live} daemon={daemon} placements={list ?? []} />
        <PlacementsCard
          live={live}
          daemon={daemon}
          placements={list ?? []}
          onExplain={(instance) => (explained.value = instance)}
          onRerun={once && mayChange ? (instances) => ask({ what: "rerun", instances }) : undefined}
        />
        <div class="daemon-side">
          <Card title="Settings">
            <Facts facts={settingsOf(daemon)} />
          </Card>
          <RevisionsCard
            live={live}
            daemon={daemon}
            onRollback={mayChange ? (revision) => ask({ what: "rollback", revision }) : undefined}
          />
        </div>
        <EventsCard
          live={live}
          events={events?.type === "data" ? readEvents(events.data) : undefined}
        />
      </div>
      {explained.value !== undefined && (
        <ExplainDialog
          place={place}
          instance={explained.value}
          onClose={() => (explained.value = undefined)}
        />
      )}
      {asking.value && (
        <AskDialog
          live={live}
          daemon={daemon}
          asking={asking.value}
          onClose={() => (asking.value = undefined)}
        />
      )}
    </>
  );
}

export function DaemonPage({
  live,
  cluster,
  name,
}: {
  readonly live: Live;
  readonly cluster: string;
  readonly name: string;
}) {
  const place = { live, cluster, name };
  const answer = useDaemonAnswer(place, daemonQuery).value;
  const daemon = answer?.type === "data" ? readDaemon(answer.data) : undefined;
  if (daemon) return <Shown place={place} daemon={daemon} />;
  return (
    <>
      <PageHead title={name} crumbs={[["Daemons", links.daemons]]} />
      {!answer ? (
        <Empty>Asking the server.</Empty>
      ) : answer.type === "problem" ? (
        <Notice>{answer.problem}</Notice>
      ) : (
        <Empty>
          There is no daemon {name} in {cluster}. <a href={links.daemons}>See all daemons.</a>
        </Empty>
      )}
    </>
  );
}
