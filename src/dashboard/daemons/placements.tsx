// The placements of a daemon as a table, narrowed down by state and words; for tasks that run once it is their ledger,
// with the choice of where to run again.
import { useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { instanceName } from "../feed.ts";
import type { Tone } from "../feed.ts";
import type { Live } from "../live.ts";
import { Age } from "../parts/age.tsx";
import { Card, Empty } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { links } from "../shell/route.ts";
import type { DaemonDetails, Placement } from "./model.ts";
import { idOf } from "./model.ts";

/** More rows than this are not read by anybody: words narrow them down. */
const rowsMax = 200;

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

interface RowProps {
  readonly live: Live;
  readonly placement: Placement;
  readonly chosen: Signal<ReadonlySet<string>> | undefined;
  readonly once: boolean;
  readonly onExplain: (instance: string) => void;
}

function Row({ live, placement, chosen, once, onExplain }: RowProps) {
  const { containerInstance, task, state, reason, attempts, nextAttemptAt, exitCode } = placement;
  const { arn } = containerInstance;
  const instance = live.fleet.instances.get(arn);
  const name = instance ? instanceName(instance) : idOf(arn).slice(0, 8);
  const toggle = (isChosen: boolean) => {
    if (!chosen) return;
    const next = new Set(chosen.value);
    if (isChosen) next.add(arn);
    else next.delete(arn);
    chosen.value = next;
  };
  return (
    <tr>
      {chosen && (
        <td>
          <input
            type="checkbox"
            aria-label={`Run again on ${name}`}
            checked={chosen.value.has(arn)}
            onChange={({ currentTarget }) => toggle(currentTarget.checked)}
          />
        </td>
      )}
      <th scope="row" class="id">
        <a href={links.instance(arn)}>{name}</a>
      </th>
      <td>
        <Chip text={state} tone={tones[state] ?? "busy"} />
      </td>
      <td class="wrap">{reason}</td>
      <td class="id">
        {task ? <a href={links.task(task.arn)}>{idOf(task.arn).slice(0, 8)}</a> : "–"}
      </td>
      <td class="number">{attempts === 0 ? "–" : attempts}</td>
      <td class="number">
        <NextAttempt live={live} at={nextAttemptAt} />
      </td>
      <td class="number">{exitCode ?? "–"}</td>
      {once && (
        <>
          <td class="number">{placement.generation ?? "–"}</td>
          <td class="number">
            <Age
              key={placement.endedAt ?? ""}
              at={placement.endedAt}
              nowMs={live.nowMs}
              suffix=" ago"
            />
          </td>
        </>
      )}
      <td>
        <button
          type="button"
          class="link"
          aria-label={`Explain ${name}`}
          onClick={() => onExplain(arn)}
        >
          explain
        </button>
      </td>
    </tr>
  );
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

function matching(
  live: Live,
  placements: readonly Placement[],
  state: string,
  words: readonly string[],
): readonly Placement[] {
  return placements
    .filter((each) => {
      if (state !== "" && each.state !== state) return false;
      if (words.length === 0) return true;
      const instance = live.fleet.instances.get(each.containerInstance.arn);
      const name = instance ? `${instanceName(instance)} ${instance.availabilityZone}` : "";
      const text = `${name} ${each.containerInstance.arn} ${each.reason}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) => rank(a.state) - rank(b.state));
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
  const once = daemon.mode !== "ALWAYS";
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = matching(live, placements, state.value, words);
  const title = once ? "Ledger" : "Placements";
  const heads = ["Instance", "State", "Why", "Task", "Attempts", "Next", "Exit code"];
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
        <div class="scroll tall" tabIndex={0} role="region" aria-label={title}>
          <table>
            <thead>
              <tr>
                {onRerun && (
                  <th scope="col">
                    <span class="hidden">Run again</span>
                  </th>
                )}
                {heads.map((head) => (
                  <th scope="col" key={head}>
                    {head}
                  </th>
                ))}
                {once && (
                  <>
                    <th scope="col">Run</th>
                    <th scope="col">Ended</th>
                  </>
                )}
                <th scope="col">
                  <span class="hidden">Explain</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, rowsMax).map((placement) => (
                <Row
                  key={`${placement.containerInstance.arn} ${placement.generation ?? 0}`}
                  live={live}
                  placement={placement}
                  chosen={onRerun ? chosen : undefined}
                  once={once}
                  onExplain={onExplain}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rows.length > rowsMax && (
        <p class="quiet">
          {(rows.length - rowsMax).toLocaleString("en")} more; the filter narrows them down.
        </p>
      )}
    </Card>
  );
}
