// The details of a daemon: how it stands and why, where it does not run as it should, its revisions and what was done.
// Pure.
import { arnId } from "../../ecs/arn.ts";
import type { Filters } from "../../client/kinds.ts";
import { one } from "../asked.ts";
import type { AnswerOf } from "../asked.ts";
import { daemonSettings, revisionFields, rolloutFields, statusFields } from "../daemon/fields.ts";
import { resources } from "../resources/all.ts";
import { count, currentRevision } from "../resources/fields.ts";
import { toneOfWord } from "../style.ts";
import { age } from "../table.ts";
import { duration, factLines, moment, section } from "./layout.ts";
import type { Detail, Fact, View } from "./layout.ts";

const asked = one("daemon", {
  cluster: { arn: true, name: true },
  name: true,
  ...daemonSettings,
  stableRevision: true,
  rollout: rolloutFields,
  revisions: { ...revisionFields, createdAt: true },
  status: { ...statusFields, succeeded: true },
  plan: { wave: true, waveCount: true },
  placements: [
    { first: 1000 },
    {
      totalCount: true,
      nodes: {
        containerInstance: { arn: true },
        task: { arn: true },
        state: true,
        reason: true,
        since: true,
        attempts: true,
        nextAttemptAt: true,
        exitCode: true,
      },
    },
  ],
  events: [
    { first: 10 },
    { at: true, type: true, containerInstance: true, task: true, revision: true, reason: true },
  ],
});
type DaemonNode = AnswerOf<typeof asked>;

/** Of a thousand placements those that need somebody's eye are shown, the rest is counted. */
const placementsShown = 20;
const fine = new Set(["RUNNING", "SUCCEEDED", "EXCLUDED"]);

/** `wave 2 of 5`, of a rollout that is under way. */
function waveText({ plan, status }: DaemonNode): string {
  return status.phase === "ROLLING_OUT" && plan?.wave != null
    ? `wave ${plan.wave} of ${count(plan.waveCount)}`
    : "";
}

const numbers = [
  "desired",
  "running",
  "healthy",
  "updated",
  "outdated",
  "waiting",
  "failed",
] as const;

function facts(daemon: DaemonNode, now: number): readonly Fact[] {
  const { status, rollout } = daemon;
  const current = currentRevision(daemon);
  return [
    ["Daemon", daemon.name],
    ["Cluster", daemon.cluster.name],
    ["Phase", status.phase, toneOfWord(status.phase)],
    ["Since", moment(status.since, now)],
    ["Because", status.reason],
    ["Progress", waveText(daemon)],
    ["Instances", numbers.map((name) => `${status[name]} ${name}`).join(", ")],
    ["Mode", daemon.mode],
    ["Launch", daemon.launch],
    ["Task definition", arnId(current?.taskDefinition ?? "")],
    ["Selector", current?.selector || "every container instance"],
    ["Revision", `${daemon.revision} (stable: ${count(daemon.stableRevision)})`],
    [
      "Rollout",
      `${rollout.method}, ${rollout.minHealthyPercent} % stay healthy, ${rollout.maxOverPercent} % may have two, canary ${rollout.canaryPercent} %${rollout.autoRollback ? ", taken back by itself" : ""}`,
    ],
    ["Drain order", daemon.drainOrder ? String(daemon.drainOrder) : ""],
    ["Readiness", daemon.readinessAttribute],
  ];
}

type Placements = DaemonNode["placements"];

function placementRows(nodes: Placements["nodes"], now: number): string[][] {
  const eye = nodes.filter(({ state }) => !fine.has(state));
  return eye.slice(0, placementsShown).map((each) => {
    const next = Date.parse(each.nextAttemptAt ?? "");
    return [
      arnId(each.containerInstance.arn),
      each.state,
      age(each.since, now),
      each.attempts ? String(each.attempts) : "",
      Number.isNaN(next) ? "" : `in ${duration(Math.max(0, next - now))}`,
      count(each.exitCode),
      each.reason,
    ];
  });
}

/** `Placements: 20 RUNNING, 1 FAILED`. */
function placementCounts({ nodes, totalCount }: Placements): string {
  const counts = new Map<string, number>();
  for (const { state } of nodes) counts.set(state, (counts.get(state) ?? 0) + 1);
  const told = [...counts].map(([state, much]) => `${much} ${state}`).join(", ");
  const more = totalCount - nodes.length;
  return more > 0 ? `${told}, and ${more} more` : told;
}

function lines(daemon: DaemonNode, view: View): string[] {
  const { placements } = daemon;
  return [
    ...factLines([...facts(daemon, view.now), ["Placements", placementCounts(placements)]], view),
    ...section(
      "Not running",
      [
        { title: "INSTANCE", id: true },
        { title: "STATE", tone: toneOfWord },
        { title: "SINCE", align: "right" },
        { title: "TRIES", align: "right", drop: 2 },
        { title: "NEXT", drop: 1 },
        { title: "EXIT", align: "right", drop: 3 },
        { title: "WHY" },
      ],
      placementRows(placements.nodes, view.now),
      view,
    ),
    ...section(
      "Revisions",
      [
        { title: "REVISION", align: "right" },
        { title: "TASK DEFINITION" },
        { title: "AGE", align: "right" },
        { title: "SELECTOR" },
      ],
      daemon.revisions
        .slice(0, 10)
        .map((each) => [
          String(each.revision),
          arnId(each.taskDefinition),
          age(each.createdAt, view.now),
          each.selector,
        ]),
      view,
    ),
    ...section(
      "Events",
      [
        { title: "AGE", align: "right" },
        { title: "WHAT" },
        { title: "INSTANCE", id: true, drop: 1 },
        { title: "WHY" },
      ],
      daemon.events.map((event) => [
        age(event.at, view.now),
        event.type,
        arnId(event.containerInstance ?? ""),
        event.reason,
      ]),
      view,
    ),
  ];
}

export const daemonDetail: Detail<DaemonNode> = {
  resource: resources.daemons,
  asked,
  lines,
  triggers: ({ cluster, name }) => {
    const filter = { cluster: cluster.arn, name } satisfies Filters["daemons"];
    return [{ resource: resources.daemons, filter }];
  },
};
