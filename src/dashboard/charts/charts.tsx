// The charts: tasks by status, starts and stops, event lag and drift over the last hours, from the history that ingest
// keeps, and on from there with what the page follows. A part of its own, loaded when it is first looked at.
import { useSignal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Live } from "../live.ts";
import { Empty, Notice, PageHead } from "../parts/card.tsx";
import { changeQuery, route } from "../shell/router.ts";
import { theme } from "../shell/theme.ts";
import { Chart } from "./chart.tsx";
import type { Line } from "./chart.tsx";
import { historyQuery } from "./documents.ts";
import { mergeMinutes, minuteMs, readHistory, sumMinutes, withTasksNow } from "./minutes.ts";
import type { Minute } from "./minutes.ts";

const hoursChoices = [1, 3, 6, 12, 24];
const hoursByDefault = 3;
/** How often the newest minutes are asked for, and how many: notes come late, by seconds. */
const newsEveryMs = 5000;
const newsMinutes = 3;
/** However young the record is, ms. */
const shortest = 15 * minuteMs;
/** With more clusters than this, one is chosen instead of all. */
const allMax = 8;

const taskLines: readonly Line[] = [
  { field: "running", label: "running", tone: "good" },
  { field: "pending", label: "starting", tone: "busy" },
  { field: "stopping", label: "stopping", tone: "link" },
  { field: "stopped", label: "stopped, kept", tone: "plain", off: true },
];
const moveLines: readonly Line[] = [
  { field: "starts", label: "starts", tone: "good" },
  { field: "stops", label: "stops", tone: "plain", down: true },
  { field: "failures", label: "failed", tone: "bad", down: true },
];
const lagLines: readonly Line[] = [
  { field: "eventLagMs", label: "longest", tone: "link" },
  { field: "eventLagP50Ms", label: "median", tone: "good" },
];
const driftLines: readonly Line[] = [{ field: "drift", label: "repaired", tone: "busy" }];

const number = (value: number): string => value.toLocaleString("en");
const duration = (ms: number): string =>
  ms < 1000
    ? `${Math.round(ms)} ms`
    : `${(ms / 1000).toLocaleString("en", { maximumFractionDigits: 1 })} s`;

interface Recorded {
  readonly minutes: readonly Minute[] | undefined;
  readonly problem: string | undefined;
}

/** The history of these clusters (ARNs), the newest minutes of it again and again. */
function useMinutes(
  live: Live,
  clusters: readonly string[],
  hours: number,
): ReadonlySignal<Recorded> {
  const recorded = useSignal<Recorded>({ minutes: undefined, problem: undefined });
  useEffect(() => {
    let isHere = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (minutes: number) => {
      const answers = await Promise.all(
        clusters.map((cluster) => live.ask(historyQuery, { cluster, minutes })),
      );
      const failed = answers.find((answer) => answer.type === "problem");
      if (failed?.type === "problem") return failed.problem;
      return sumMinutes(
        answers.map((answer) => (answer.type === "data" ? readHistory(answer.data) : [])),
      );
    };
    const look = async (minutes: number) => {
      const news = await read(minutes);
      if (!isHere) return;
      const known = recorded.peek().minutes;
      if (typeof news === "string") recorded.value = { minutes: known, problem: news };
      else {
        const from = Date.now() - hours * 60 * minuteMs;
        const all = mergeMinutes(known ?? [], news, from);
        recorded.value = { minutes: all, problem: undefined };
      }
      const gap = typeof news === "string" || known === undefined ? hours * 60 : newsMinutes;
      const next = recorded.peek().minutes === undefined ? hours * 60 : gap;
      timer = setTimeout(
        () => void look(typeof news === "string" ? next : newsMinutes),
        newsEveryMs,
      );
    };
    recorded.value = { minutes: undefined, problem: undefined };
    void look(hours * 60);
    return () => {
      isHere = false;
      clearTimeout(timer);
    };
  }, [live, clusters.join(" "), hours]);
  return recorded;
}

function Choices({
  live,
  chosen,
  hours,
}: {
  readonly live: Live;
  readonly chosen: string;
  readonly hours: number;
}) {
  const clusters = [...live.fleet.clusters.values()].sort((a, b) => a.name.localeCompare(b.name));
  return (
    <>
      <label>
        <span class="hidden">Cluster</span>
        <select
          value={chosen}
          onChange={({ currentTarget }) => changeQuery({ cluster: currentTarget.value })}
        >
          {clusters.length <= allMax && <option value="">all clusters</option>}
          {clusters.map(({ arn, name }) => (
            <option key={arn} value={arn}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <div class="segments" role="group" aria-label="How far back">
        {hoursChoices.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={hours === each}
            onClick={() =>
              changeQuery({ hours: each === hoursByDefault ? undefined : String(each) })
            }
          >
            {each} h
          </button>
        ))}
      </div>
    </>
  );
}

function Shown({
  live,
  clusters,
  hours,
}: {
  live: Live;
  clusters: readonly string[];
  hours: number;
}) {
  const { minutes, problem } = useMinutes(live, clusters, hours).value;
  void live.revisions.cluster.value;
  const now = live.nowMs.value;
  if (!minutes)
    return problem === undefined ? <Empty>Asking the server.</Empty> : <Notice>{problem}</Notice>;
  const counts = clusters.flatMap((arn) => live.fleet.clusters.get(arn)?.taskCounts ?? []);
  const to = Math.ceil(now / minuteMs) * minuteMs;
  const common = {
    minutes: withTasksNow(minutes, counts),
    theme: theme.value,
    // Where the record is young, its beginning is the beginning.
    from: Math.max(
      to - hours * 60 * minuteMs,
      Math.min((minutes[0]?.at ?? to) - minuteMs, to - shortest),
    ),
    to,
  };
  return (
    <>
      {problem !== undefined && <Notice>{problem}</Notice>}
      <div class="charts">
        <Chart {...common} title="Tasks" detail="by status" lines={taskLines} format={number} />
        <Chart
          {...common}
          title="Starts and stops"
          detail="a minute; stops point down"
          lines={moveLines}
          format={number}
        />
        <Chart
          {...common}
          title="Event lag"
          detail="from SQS to the store, of each minute"
          lines={lagLines}
          format={duration}
        />
        <Chart
          {...common}
          title="Drift"
          detail="entities that comparisons with ECS repaired"
          lines={driftLines}
          format={number}
        />
      </div>
    </>
  );
}

export function Charts({ live }: { readonly live: Live }) {
  void live.revisions.cluster.value;
  const all = [...live.fleet.clusters.values()].sort((a, b) => a.name.localeCompare(b.name));
  const { cluster = "", hours: asked } = route.value.query;
  const hours = hoursChoices.find((each) => String(each) === asked) ?? hoursByDefault;
  const found = all.find(({ arn, name }) => arn === cluster || name === cluster);
  const only = found ?? (all.length > allMax ? all[0] : undefined);
  const clusters = only ? [only.arn] : all.map(({ arn }) => arn);
  return (
    <>
      <PageHead title="Charts" detail={only?.name ?? "all clusters"}>
        <Choices live={live} chosen={only?.arn ?? ""} hours={hours} />
      </PageHead>
      {clusters.length === 0 ? (
        <Empty>No cluster is tracked yet.</Empty>
      ) : (
        <Shown live={live} clusters={clusters} hours={hours} />
      )}
    </>
  );
}
