// One cluster: its counts and freshness, its tiles, what is wrong in it, its daemons, and what ECS told of it.
import { clusterQuery } from "../documents.ts";
import { phaseTone } from "../feed.ts";
import { ClusterMap } from "../map/cluster-map.tsx";
import { useCoverage } from "../map/coverage.ts";
import type { PageProps } from "../pages.ts";
import { Age } from "../parts/age.tsx";
import { Answered, useAsked } from "../parts/asked.tsx";
import { Card, Empty, Facts, PageHead } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { Copy } from "../parts/copy.tsx";
import type { Live } from "../live.ts";
import { at, fieldsOf, textOr } from "../read.ts";
import { links } from "../shell/route.ts";
import { sortedDaemons } from "../derive.ts";
import { Counts, MeaningChoice, useMeaning } from "./fleet.tsx";
import { Problems } from "./problem-list.tsx";

function Events({ live, arn }: { readonly live: Live; readonly arn: string }) {
  // Once a minute is often enough for what is history.
  const minute = Math.floor(live.nowMs.value / 60_000);
  const answer = useAsked(live, clusterQuery, { cluster: arn }, minute);
  return (
    <Card title="Events" detail="service actions, deployments, health notices" wide>
      <Answered answer={answer.value}>
        {(data) => {
          const events = fieldsOf(at(data, "cluster", "events"));
          if (events.length === 0) return <Empty>ECS told of none.</Empty>;
          return (
            <ol class="feed">
              {events.map((event) => {
                const type = textOr(event["eventType"], "");
                const when = textOr(event["at"], null);
                return (
                  <li
                    key={textOr(event["id"], "")}
                    data-tone={type === "ERROR" ? "bad" : type === "WARN" ? "busy" : "plain"}
                  >
                    <Age at={when} nowMs={live.nowMs} suffix=" ago" />
                    <span class="feed-kind">{type || "–"}</span>
                    <span class="feed-text">
                      <b>{textOr(event["eventName"], textOr(event["detailType"], ""))}</b>{" "}
                      {textOr(event["reason"], "")}
                    </span>
                    <span class="quiet feed-where id">
                      {fieldsOf([event])
                        .flatMap(({ resources }) => (Array.isArray(resources) ? resources : []))
                        .map((resource) => String(resource).split("/").at(-1))
                        .join(", ")}
                    </span>
                  </li>
                );
              })}
            </ol>
          );
        }}
      </Answered>
    </Card>
  );
}

function Daemons({ live, arn }: { readonly live: Live; readonly arn: string }) {
  void live.revisions.daemon.value;
  const daemons = sortedDaemons(live.fleet.daemons.values()).filter(
    ({ cluster }) => cluster.arn === arn,
  );
  return (
    <Card title="Daemons" detail={daemons.length}>
      {daemons.length === 0 ? (
        <Empty>None is registered here.</Empty>
      ) : (
        <ul class="plain-list">
          {daemons.map(({ name, mode, status }) => (
            <li key={name}>
              <a href={links.daemon(arn, name)}>{name}</a>{" "}
              <Chip text={status.phase} tone={phaseTone(status.phase)} title={status.reason} />{" "}
              <span class="quiet">
                {mode === "ALWAYS"
                  ? `${status.running} of ${status.desired} running`
                  : status.reason}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

export function ClusterPage({ live, rest }: PageProps) {
  const arn = rest.join("/");
  void live.revisions.cluster.value;
  const cluster = live.fleet.clusters.get(arn);
  const meaning = useMeaning();
  const coverage = useCoverage(live, meaning === "daemons");
  if (!cluster)
    return (
      <>
        <PageHead title="Cluster" crumbs={[["Fleet", links.fleet]]} />
        <Empty>
          {live.fleet.synced.has("cluster")
            ? `${arn} is not tracked, or not any more.`
            : "Waiting for the first picture."}
        </Empty>
      </>
    );
  const { name, region, account, freshness, taskCounts } = cluster;
  return (
    <>
      <PageHead
        title={name}
        crumbs={[["Fleet", links.fleet]]}
        detail={<Counts cluster={cluster} />}
      />
      <MeaningChoice meaning={meaning} />
      <ClusterMap live={live} cluster={cluster} meaning={meaning} coverage={coverage} />
      <div class="cards">
        <Problems live={live} only={name} />
        <Daemons live={live} arn={arn} />
        <Card title="About">
          <Facts
            facts={[
              ["Region", region],
              ["Account", account],
              [
                "Last event",
                <Age
                  key={freshness.lastEventAt}
                  at={freshness.lastEventAt}
                  nowMs={live.nowMs}
                  suffix=" ago"
                />,
              ],
              ["Event lag", freshness.eventLagMs === null ? "–" : `${freshness.eventLagMs} ms`],
              [
                "Event lag, median",
                freshness.eventLagP50Ms === null ? "–" : `${freshness.eventLagP50Ms} ms`,
              ],
              [
                "Compared with ECS",
                <Age
                  key={freshness.lastReconciledAt}
                  at={freshness.lastReconciledAt}
                  nowMs={live.nowMs}
                  suffix=" ago"
                />,
              ],
              ["Drift repaired", freshness.driftRepaired],
              ["Instances", <a href={links.instances({ cluster: name })}>list</a>],
              ["Tasks", <a href={links.tasks({ cluster: name })}>list</a>],
              [
                "Stopped tasks kept",
                <a href={links.tasks({ of: "stopped", cluster: name })}>
                  {taskCounts.stopped.toLocaleString("en")}
                </a>,
              ],
              ["ARN", <Copy text={arn} />],
            ]}
          />
        </Card>
        <Events live={live} arn={arn} />
      </div>
    </>
  );
}
