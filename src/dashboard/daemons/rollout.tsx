// How far a daemon is: what has its place, what moves, the waves to come, and why the rest stands still.
import type { TileLook } from "./fleet-picture.tsx";
import { FleetPicture } from "./fleet-picture.tsx";
import type { Live } from "../live.ts";
import { Card } from "../parts/card.tsx";
import type { DaemonDetails, Placement } from "./model.ts";
import { countReasons, outlooksOf, stagesOf } from "./plan.ts";
import type { Outlook, Stage } from "./plan.ts";

const stageText = ({ kind, wave }: Stage): string => {
  if (kind === "done") return "in place";
  if (kind === "moving") return "on the move";
  return kind === "next" ? `wave ${wave}` : "held back";
};

function Stages({ stages }: { readonly stages: readonly Stage[] }) {
  if (stages.length === 0) return null;
  const said = stages.map((stage) => `${stage.count} ${stageText(stage)}`).join(", ");
  return (
    <>
      <div class="stages" role="img" aria-label={`Rollout: ${said}`}>
        {stages.map((stage) => (
          <span
            key={`${stage.kind} ${stage.wave ?? ""}`}
            data-kind={stage.kind}
            style={{ flexGrow: stage.count }}
            title={`${stage.count} ${stageText(stage)}`}
          />
        ))}
      </div>
      <ul class="stage-list">
        {stages.slice(0, 10).map((stage) => (
          <li key={`${stage.kind} ${stage.wave ?? ""}`} data-kind={stage.kind}>
            <b>{stage.count.toLocaleString("en")}</b> {stageText(stage)}
          </li>
        ))}
        {stages.length > 10 && <li>and {stages.length - 10} waves more</li>}
      </ul>
    </>
  );
}

/** A running task of an earlier revision has a look of its own, and no state. */
const earlier = "of an earlier revision";

const looks: Readonly<Record<string, readonly [look: string, text: string]>> = {
  RUNNING: ["keep", ""],
  [earlier]: ["replace", ""],
  STARTING: ["start", "+"],
  STOPPING: ["stop", "×"],
  WAITING: ["wait", "…"],
  FAILED: ["bad", "!"],
  EXCLUDED: ["skip", "–"],
  SUCCEEDED: ["keep", "✓"],
  SKIPPED: ["bad", "!"],
};

const standingOf = ({ state, updated }: Placement, once: boolean): string =>
  state === "RUNNING" && !updated && !once ? earlier : state;

function lookOf(
  placement: Placement | undefined,
  outlook: Outlook | undefined,
  once: boolean,
): TileLook {
  if (!placement) return { look: "none", text: "", title: "not selected" };
  const [look, text] = looks[standingOf(placement, once)] ?? ["skip", "?"];
  const title = `${placement.state}, ${placement.reason}`;
  // What runs and is to give way shows its wave.
  if (look !== "replace" || outlook?.wave === undefined) return { look, text, title };
  return { look, text: String(outlook.wave), title: `${title}; changes in wave ${outlook.wave}` };
}

/** The states that occur, with a tile of each. */
function StateLegend({
  placements,
  once,
}: {
  readonly placements: readonly Placement[];
  readonly once: boolean;
}) {
  const counts = new Map<string, number>();
  for (const each of placements) {
    const standing = standingOf(each, once);
    counts.set(standing, (counts.get(standing) ?? 0) + 1);
  }
  return (
    <ul class="fates">
      {Object.entries(looks).flatMap(([state, [look, text]]) => {
        const count = counts.get(state);
        return count === undefined
          ? []
          : [
              <li key={state}>
                <i data-look={look} aria-hidden="true">
                  {text}
                </i>
                <b>{count.toLocaleString("en")}</b> {state.toLowerCase()}
              </li>,
            ];
      })}
    </ul>
  );
}

/** What is said of those that stand: why they wait, and what failed. */
function Standing({
  placements,
  once,
}: {
  readonly placements: readonly Placement[];
  readonly once: boolean;
}) {
  const standing = placements.filter(
    ({ state, updated }) =>
      ["WAITING", "FAILED", "SKIPPED"].includes(state) ||
      (state === "RUNNING" && !updated && !once),
  );
  const reasons = countReasons(standing.map(({ reason }) => reason));
  if (reasons.length === 0) return null;
  return (
    <ul class="reasons" aria-label="Why some stand still">
      {reasons.slice(0, 5).map(({ reason, count }) => (
        <li key={reason}>
          <b>{count}</b> {reason}
        </li>
      ))}
    </ul>
  );
}

function progressText({ revision, status, plan }: DaemonDetails): string {
  const isUnderWay = status.phase === "ROLLING_OUT" && plan.wave !== null;
  return `revision ${revision}${isUnderWay ? `, wave ${plan.wave} of ${plan.waveCount}` : ""}`;
}

export function RolloutCard({
  live,
  daemon,
  placements,
}: {
  readonly live: Live;
  readonly daemon: DaemonDetails;
  readonly placements: readonly Placement[];
}) {
  const { status, plan, mode } = daemon;
  const once = mode !== "ALWAYS";
  const moving = placements.filter(
    ({ state }) => state === "STARTING" || state === "STOPPING",
  ).length;
  // Outdated tasks run as well: what has its place is what runs and is not among those.
  const settled = Math.max(0, Math.min(status.running, status.running - status.outdated));
  const all = once ? status.succeeded + status.desired : status.desired;
  const over = Math.max(0, plan.waveCount - plan.waves.length);
  const stages = once
    ? stagesOf(all, status.succeeded, status.running + moving, plan, over)
    : stagesOf(all, settled, moving, plan, over);
  const outlooks = outlooksOf(plan, (arn) => live.fleet.tasks.get(arn)?.containerInstanceArn, over);
  // Of several runs the last one is the newest.
  const byInstance = new Map(placements.map((each) => [each.containerInstance.arn, each]));
  return (
    <Card title={once ? "Runs" : "Rollout"} detail={progressText(daemon)} wide>
      <p class="phase-reason">{status.reason}</p>
      <Stages stages={stages} />
      <Standing placements={placements} once={once} />
      <StateLegend placements={[...byInstance.values()]} once={once} />
      <FleetPicture
        live={live}
        cluster={daemon.cluster.arn}
        label={`Placements: ${status.running} of ${status.desired} running, ${status.waiting} waiting, ${status.failed} failed`}
        lookOf={({ arn }) => lookOf(byInstance.get(arn), outlooks.get(arn), once)}
      />
    </Card>
  );
}
