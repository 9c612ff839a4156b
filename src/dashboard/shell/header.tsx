// The top of every page: whether the picture is live, how fresh it is, and what concerns this browser. Shows only.
import { shownAge, shownDuration, worstFreshness } from "../derive.ts";
import { pictureAge } from "../doubt.ts";
import type { Doubt } from "../doubt.ts";
import type { Connection } from "../follow.ts";
import type { Live } from "../live.ts";
import { theme, toggleTheme } from "./theme.ts";

/** How long a recovery stays worth telling, ms: lines about a longer loss than that are in the feed. */
const recoveryShownMs = 1000;

function connectionText(connection: Connection, nowMs: number): string {
  if (connection.state === "live") return "Live";
  if (connection.state === "connecting") return "Connecting";
  if (connection.state === "unauthenticated") return "Signed out";
  return `Reconnecting for ${shownDuration(nowMs - connection.sinceMs)}: ${connection.problem}`;
}

function recoveryText(connection: Connection): string | undefined {
  if (connection.state !== "live" || !connection.after) return undefined;
  const { lostMs, snapshot } = connection.after;
  if (snapshot)
    return `Back after ${shownDuration(lostMs)} with a new snapshot: changes in between are not listed`;
  return lostMs < recoveryShownMs
    ? undefined
    : `Back after ${shownDuration(lostMs)}, no change missed`;
}

function DoubtState({ doubt, nowMs }: { readonly doubt: Doubt; readonly nowMs: number }) {
  return (
    <p class="connection" data-state="lost" role="status">
      <span class="dot" aria-hidden="true" />
      {doubt.what}; {pictureAge(doubt, nowMs)}
    </p>
  );
}

function ConnectionState({ live }: { readonly live: Live }) {
  const connection = live.connection.value;
  const doubt = live.doubt.value;
  if (doubt && connection.state === "live")
    return <DoubtState doubt={doubt} nowMs={live.nowMs.value} />;
  const isLost = connection.state === "lost";
  return (
    <p class="connection" data-state={connection.state} role="status">
      <span class="dot" aria-hidden="true" />
      {connectionText(connection, isLost ? live.nowMs.value : 0)}
      {recoveryText(connection) !== undefined && (
        <span class="recovery">{recoveryText(connection)}</span>
      )}
    </p>
  );
}

const lagText = (ms: number | null): string =>
  ms === null ? "–" : ms < 1000 ? `${ms} ms` : shownDuration(ms);

const unknownLag = { eventLagMs: null, eventLagP50Ms: null };

function FreshnessFacts({ live }: { readonly live: Live }) {
  const nowMs = live.nowMs.value;
  void live.revisions.cluster.value;
  const freshness = worstFreshness([...live.fleet.clusters.values()].map((each) => each.freshness));
  if (!freshness) return null;
  const { lastEventAt, lastReconciledAt, driftRepaired } = freshness;
  // A lag is of now or of nothing; the others are times, which stay true.
  const { eventLagMs, eventLagP50Ms } = live.doubt.value ? unknownLag : freshness;
  const compared = shownAge(lastReconciledAt, nowMs);
  const heard = shownAge(lastEventAt, nowMs);
  return (
    <dl class="freshness">
      <div title="From SQS taking in the last event to it being applied">
        <dt>Lag</dt>
        <dd>{lagText(eventLagMs)}</dd>
      </div>
      {eventLagP50Ms !== null && (
        <div class="beyond-phone" title="The median of that over the newest 500 events">
          <dt>p50</dt>
          <dd>{lagText(eventLagP50Ms)}</dd>
        </div>
      )}
      <div title="When the newest event was applied">
        <dt>Event</dt>
        <dd>{heard === undefined ? "none yet" : `${heard} ago`}</dd>
      </div>
      <div title="When the copy was last compared with the ECS API; of several clusters, the one that waits longest">
        <dt>Reconcile</dt>
        <dd>{compared === undefined ? "never" : `${compared} ago`}</dd>
      </div>
      <div title="Entities that comparisons found wrong, missing or left over">
        <dt>Drift</dt>
        <dd>{driftRepaired.toLocaleString("en")}</dd>
      </div>
    </dl>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect x="4" y="6" width="11" height="9" rx="2" class="mark-a" />
      <rect x="17" y="6" width="11" height="9" rx="2" class="mark-b" />
      <rect x="4" y="17" width="11" height="9" rx="2" class="mark-b" />
      <rect x="17" y="17" width="11" height="9" rx="2" class="mark-a" />
    </svg>
  );
}

export function Header({
  live,
  onHelp,
  onSignOut,
}: {
  readonly live: Live;
  readonly onHelp: () => void;
  /** Undefined when nobody is signed in. */
  readonly onSignOut: (() => void) | undefined;
}) {
  const other = theme.value === "dark" ? "Light" : "Dark";
  return (
    <header class="top">
      <a class="brand" href="#/">
        <Mark />
        Longshore
      </a>
      <ConnectionState live={live} />
      <FreshnessFacts live={live} />
      <div class="actions">
        {live.mayChange.value === false && (
          <span
            class="chip"
            data-tone="plain"
            title="This token may read only, so no control is shown"
          >
            read only
          </span>
        )}
        <button type="button" class="plain" onClick={toggleTheme} title={`${other} colours`}>
          {other}
        </button>
        <button type="button" class="plain" onClick={onHelp} title="Keyboard shortcuts">
          Keys
        </button>
        {onSignOut && (
          <button type="button" class="plain" onClick={onSignOut}>
            Sign out
          </button>
        )}
      </div>
    </header>
  );
}
