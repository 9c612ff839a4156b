// The placements of a daemon as a table, narrowed down by state and words; for tasks that run once it is their ledger,
// with the choice of where to run again.
import { useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { byText } from "../derive.ts";
import { instanceName } from "../feed.ts";
import type { Tone } from "../feed.ts";
import type { Live } from "../live.ts";
import { Age } from "../parts/age.tsx";
import { Card, Empty } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { links } from "../shell/route.ts";
import { compareBy, shownColumns } from "../table/column.ts";
import type { Column, Sort } from "../table/column.ts";
import { useNarrow } from "../table/list.tsx";
import { VirtualTable } from "../table/virtual-table.tsx";
import type { DaemonDetails, Placement } from "./model.ts";
import { idOf } from "./model.ts";

const tones: Readonly<Record<string, Tone>> = {
  RUNNING: "good",
  SUCCEEDED: "good",
  FAILED: "bad",
  SKIPPED: "bad",
  EXCLUDED: "plain",
};

/** Those in trouble first. */
const order = ["FAILED", "SKIPPED", "STARTING", "STOPPING", "WAITING", "RUNNING", "SUCCEEDED"];
const rank = (state: string) => (order.includes(state) ? order.indexOf(state) : order.length);

function NextAttempt({ live, at }: { readonly live: Live; readonly at: string | null }) {
  if (at === null) return <>–</>;
  const seconds = Math.ceil((Date.parse(at) - live.nowMs.value) / 1000);
  return <time dateTime={at}>{seconds > 0 ? `in ${seconds} s` : "now"}</time>;
}

const nameOf = (live: Live, arn: string): string => {
  const instance = live.fleet.instances.get(arn);
  return instance ? instanceName(instance) : idOf(arn).slice(0, 8);
};

const whyOf = (live: Live, { reason, containerInstance }: Placement): string =>
  live.fleet.instances.has(containerInstance.arn)
    ? reason
    : [reason, "its container instance is gone"].filter(Boolean).join("; ");

function Choice({ live, arn, chosen }: { live: Live; arn: string; chosen: Chosen }) {
  const toggle = (isChosen: boolean) => {
    const next = new Set(chosen.value);
    if (isChosen) next.add(arn);
    else next.delete(arn);
    chosen.value = next;
  };
  return (
    <input
      type="checkbox"
      aria-label={`Run again on ${nameOf(live, arn)}`}
      checked={chosen.value.has(arn)}
      onChange={({ currentTarget }) => toggle(currentTarget.checked)}
    />
  );
}

type Chosen = Signal<ReadonlySet<string>>;

function choiceColumn(live: Live, chosen: Chosen): Column<Placement> {
  return {
    id: "choose",
    title: "Again",
    width: 4,
    essential: true,
    text: ({ containerInstance: { arn } }) => (chosen.peek().has(arn) ? "yes" : ""),
    // Nothing runs again where no container instance is any more.
    show: ({ containerInstance: { arn } }) =>
      live.fleet.instances.has(arn) && <Choice live={live} arn={arn} chosen={chosen} />,
  };
}

function runColumns(live: Live): readonly Column<Placement>[] {
  return [
    {
      id: "run",
      title: "Run",
      width: 4,
      number: true,
      text: ({ generation }) => String(generation ?? ""),
      sort: ({ generation }) => generation ?? 0,
    },
    {
      id: "ended",
      title: "Ended",
      width: 6,
      number: true,
      text: ({ endedAt }) => endedAt ?? "",
      show: ({ endedAt }) => <Age key={endedAt} at={endedAt} nowMs={live.nowMs} suffix=" ago" />,
    },
  ];
}

function columnsOf(
  live: Live,
  once: boolean,
  chosen: Chosen | undefined,
  onExplain: (instance: string) => void,
): readonly Column<Placement>[] {
  return [
    ...(chosen ? [choiceColumn(live, chosen)] : []),
    {
      id: "instance",
      title: "Instance",
      width: 13,
      essential: true,
      text: ({ containerInstance: { arn } }) => nameOf(live, arn),
      show: ({ containerInstance: { arn } }) => (
        <a class="id" href={links.instance(arn)}>
          {nameOf(live, arn)}
        </a>
      ),
    },
    {
      id: "state",
      title: "State",
      width: 7,
      essential: true,
      text: ({ state }) => state,
      sort: ({ state }) => rank(state),
      show: ({ state, reason }) => (
        <Chip text={state} tone={tones[state] ?? "busy"} title={reason} />
      ),
    },
    {
      id: "since",
      title: "Since",
      width: 5,
      number: true,
      essential: true,
      text: ({ since }) => since ?? "",
      show: ({ since }) => <Age key={since} at={since} nowMs={live.nowMs} />,
    },
    {
      id: "why",
      title: "Why",
      width: 18,
      text: (placement) => whyOf(live, placement),
      show: (placement) => {
        const why = whyOf(live, placement);
        return <span title={why}>{why}</span>;
      },
    },
    {
      id: "task",
      title: "Task",
      width: 6,
      text: ({ task }) => (task ? idOf(task.arn).slice(0, 8) : ""),
      show: ({ task }) =>
        task ? (
          <a class="id" href={links.task(task.arn)}>
            {idOf(task.arn).slice(0, 8)}
          </a>
        ) : (
          "–"
        ),
    },
    {
      id: "attempts",
      title: "Attempts",
      width: 5.5,
      number: true,
      text: ({ attempts }) => (attempts === 0 ? "" : String(attempts)),
      sort: ({ attempts }) => attempts,
    },
    {
      id: "next",
      title: "Next",
      width: 5,
      number: true,
      text: ({ nextAttemptAt }) => nextAttemptAt ?? "",
      show: ({ nextAttemptAt }) => <NextAttempt live={live} at={nextAttemptAt} />,
    },
    {
      id: "exit",
      title: "Exit code",
      width: 5.5,
      number: true,
      text: ({ exitCode }) => String(exitCode ?? ""),
      sort: ({ exitCode }) => exitCode ?? -1,
    },
    ...(once ? runColumns(live) : []),
    {
      id: "explain",
      title: "Rules",
      width: 5,
      text: () => "",
      show: ({ containerInstance: { arn } }) => (
        <button
          type="button"
          class="link"
          aria-label={`Explain ${nameOf(live, arn)}`}
          onClick={() => onExplain(arn)}
        >
          explain
        </button>
      ),
    },
  ];
}

function StateFilter({
  placements,
  state,
}: {
  readonly placements: readonly Placement[];
  readonly state: Signal<string>;
}) {
  const counts = new Map<string, number>();
  for (const each of placements) counts.set(each.state, (counts.get(each.state) ?? 0) + 1);
  const states = [...counts].sort(([a], [b]) => rank(a) - rank(b));
  return (
    <div class="segments" role="group" aria-label="Which states">
      {[["", placements.length] as const, ...states].map(([each, count]) => (
        <button
          key={each}
          type="button"
          aria-pressed={state.value === each}
          onClick={() => (state.value = each)}
        >
          {each === "" ? "all" : each.toLowerCase()} <small>{count.toLocaleString("en")}</small>
        </button>
      ))}
    </div>
  );
}

/** Key and placement of those that match, in order. */
function matching(
  live: Live,
  placements: readonly Placement[],
  state: string,
  words: readonly string[],
): readonly (readonly [string, Placement])[] {
  return placements.flatMap((each) => {
    if (state !== "" && each.state !== state) return [];
    const { arn } = each.containerInstance;
    const zone = live.fleet.instances.get(arn)?.availabilityZone ?? "";
    const text = `${nameOf(live, arn)} ${zone} ${arn} ${each.reason}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) return [];
    return [[`${arn} ${each.generation ?? 0}`, each] as const];
  });
}

export function PlacementsCard({
  live,
  daemon,
  placements,
  onExplain,
  onRerun,
}: {
  readonly live: Live;
  readonly daemon: DaemonDetails;
  readonly placements: readonly Placement[];
  readonly onExplain: (instance: string) => void;
  /** Undefined where nothing runs again, or nobody may say so. */
  readonly onRerun: ((instances: readonly string[]) => void) | undefined;
}) {
  const state = useSignal("");
  const filter = useSignal("");
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const explain = useRef(onExplain);
  explain.current = onExplain;
  const once = daemon.mode !== "ALWAYS";
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const sort = useSignal<Sort>({ id: "state", down: false });
  const isNarrow = useNarrow();
  const mayRerun = onRerun !== undefined;
  const columns = useMemo(() => {
    const all = columnsOf(live, once, mayRerun ? chosen : undefined, (arn) => explain.current(arn));
    return shownColumns(all, undefined, isNarrow);
  }, [live, once, mayRerun, isNarrow]);
  const compare = compareBy(columns, sort.value);
  const rows = matching(live, placements, state.value, words).toSorted(
    ([a, one], [b, other]) => compare(one, other) || byText(a, b),
  );
  const title = once ? "Ledger" : "Placements";
  return (
    <Card
      title={title}
      detail={placements.length.toLocaleString("en")}
      wide
      controls={
        <>
          {onRerun && (
            <button
              type="button"
              disabled={chosen.value.size === 0}
              onClick={() => onRerun([...chosen.value])}
            >
              {chosen.value.size === 0 ? "Run again" : `Run again on ${chosen.value.size}`}
            </button>
          )}
          <label class="filter">
            <span class="hidden">Filter placements</span>
            <input
              type="search"
              placeholder="Filter: instance, zone, reason"
              value={filter}
              onInput={({ currentTarget }) => (filter.value = currentTarget.value)}
            />
          </label>
        </>
      }
    >
      <StateFilter placements={placements} state={state} />
      {rows.length === 0 ? (
        <Empty>
          {placements.length === 0
            ? "The selector selects no container instance."
            : "No placement matches."}
        </Empty>
      ) : (
        <div class="placements">
          <VirtualTable
            label={title}
            rows={rows}
            columns={columns}
            sort={sort.value}
            onSort={(next) => (sort.value = next)}
          />
        </div>
      )}
    </Card>
  );
}
