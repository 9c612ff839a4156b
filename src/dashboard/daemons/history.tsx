// What was done for a daemon and why, newest first; and its revisions with what each changed.
import { useSignal } from "@preact/signals";
import { instanceName } from "../feed.ts";
import type { Tone } from "../feed.ts";
import type { Live } from "../live.ts";
import { Age } from "../parts/age.tsx";
import { Card, Empty } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { links } from "../shell/route.ts";
import { diffRevisions } from "./diff.ts";
import type { Difference } from "./diff.ts";
import { idOf } from "./model.ts";
import type { DaemonDetails, DaemonEvent, Revision } from "./model.ts";

const tones: Readonly<Record<string, Tone>> = {
  START: "good",
  SUCCEED: "good",
  COMPLETE: "good",
  READY: "good",
  REFUSE: "bad",
  FAIL: "bad",
  UNKNOWN: "bad",
  BACKOFF: "busy",
  STOP: "busy",
  DRAIN: "busy",
  UNREADY: "busy",
};

/** What people and rollouts did, without each start and stop. */
const large = new Set([
  "REGISTER",
  "UPDATE",
  "ROLLBACK",
  "PROMOTE",
  "PAUSE",
  "RESUME",
  "RERUN",
  "DEREGISTER",
  "COMPLETE",
  "REMOVE",
]);

function EventLine({ live, event }: { readonly live: Live; readonly event: DaemonEvent }) {
  const { at, type, containerInstance, task, revision, reason } = event;
  const instance = containerInstance && live.fleet.instances.get(containerInstance);
  return (
    <li>
      <Age key={at} at={at} nowMs={live.nowMs} />
      <Chip text={type} tone={tones[type] ?? "plain"} />
      <p>
        {reason}{" "}
        <span class="quiet">
          revision {revision}
          {containerInstance && (
            <>
              {", "}
              <a href={links.instance(containerInstance)}>
                {instance ? instanceName(instance) : idOf(containerInstance).slice(0, 8)}
              </a>
            </>
          )}
          {task && (
            <>
              {", task "}
              <a href={links.task(task)}>{idOf(task).slice(0, 8)}</a>
            </>
          )}
        </span>
      </p>
    </li>
  );
}

export function EventsCard({
  live,
  events,
}: {
  readonly live: Live;
  readonly events: readonly DaemonEvent[] | undefined;
}) {
  const onlyLarge = useSignal(false);
  const shown = (events ?? []).filter(({ type }) => !onlyLarge.value || large.has(type));
  return (
    <Card
      title="History"
      detail="newest first"
      controls={
        <label class="check">
          <input
            type="checkbox"
            checked={onlyLarge.value}
            onChange={({ currentTarget }) => (onlyLarge.value = currentTarget.checked)}
          />{" "}
          without single tasks
        </label>
      }
    >
      {shown.length === 0 ? (
        <Empty>{events ? "Nothing was done yet." : "Asking the server."}</Empty>
      ) : (
        <ol class="decisions scroll tall" tabIndex={0} aria-label="History">
          {shown.map((event, index) => (
            <EventLine key={`${event.at} ${event.type} ${index}`} live={live} event={event} />
          ))}
        </ol>
      )}
    </Card>
  );
}

/** Differences with the lines that went and came; what stayed is there to find one's way. */
export function Differences({ differences }: { readonly differences: readonly Difference[] }) {
  if (differences.length === 0) return <p class="quiet">Nothing differs.</p>;
  return (
    <dl class="differences">
      {differences.map(({ name, lines }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {lines.map(({ kind, text }, index) => {
              const key = `${index} ${kind}`;
              if (kind === "gone") return <del key={key}>{text}</del>;
              return kind === "new" ? <ins key={key}>{text}</ins> : <span key={key}>{text}</span>;
            })}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function RevisionItem({
  live,
  daemon,
  revision,
  before,
  onRollback,
}: {
  readonly live: Live;
  readonly daemon: DaemonDetails;
  readonly revision: Revision;
  readonly before: Revision | undefined;
  readonly onRollback: ((revision: number) => void) | undefined;
}) {
  const isCurrent = revision.revision === daemon.revision;
  const isStable = revision.revision === daemon.stableRevision;
  return (
    <li>
      <div class="revision-head">
        <h3>Revision {revision.revision}</h3>
        {isCurrent && <Chip text="current" tone="good" />}
        {isStable && <Chip text="stable" tone="plain" title="The last one that was everywhere" />}
        <span class="quiet">
          <Age at={revision.createdAt} nowMs={live.nowMs} suffix=" ago" />
        </span>
        {!isCurrent && onRollback && (
          <button type="button" class="link" onClick={() => onRollback(revision.revision)}>
            roll back to {revision.revision}
          </button>
        )}
      </div>
      <Differences differences={diffRevisions(before, revision)} />
    </li>
  );
}

const revisionsShown = 5;

export function RevisionsCard({
  live,
  daemon,
  onRollback,
}: {
  readonly live: Live;
  readonly daemon: DaemonDetails;
  readonly onRollback: ((revision: number) => void) | undefined;
}) {
  const showsAll = useSignal(false);
  const { revisions } = daemon;
  const shown = showsAll.value ? revisions : revisions.slice(0, revisionsShown);
  return (
    <Card title="Revisions" detail="each with what it changed">
      <ol class="revisions">
        {shown.map((revision, index) => (
          <RevisionItem
            key={revision.revision}
            live={live}
            daemon={daemon}
            revision={revision}
            before={revisions[index + 1]}
            onRollback={onRollback}
          />
        ))}
      </ol>
      {shown.length < revisions.length && (
        <button type="button" class="link" onClick={() => (showsAll.value = true)}>
          {revisions.length - shown.length} earlier revisions
        </button>
      )}
    </Card>
  );
}
