// The top of the page: whether the picture is live, how fresh it is, and the ways around. Shows; decides nothing.
import { shownAge, shownDuration, worstFreshness } from "../derive.ts";
import type { Connection } from "../follow.ts";
import type { Live } from "../live.ts";

const connectionText = (connection: Connection): string => {
  if (connection.state === "live") return "Live";
  if (connection.state === "connecting") return "Connecting";
  return connection.state === "lost" ? `Reconnecting: ${connection.problem}` : "Signed out";
};

function ConnectionState({ live }: { readonly live: Live }) {
  const connection = live.connection.value;
  return (
    <p class="connection" data-state={connection.state} role="status">
      <span class="dot" aria-hidden="true" />
      {connectionText(connection)}
    </p>
  );
}

function FreshnessFacts({ live }: { readonly live: Live }) {
  const nowMs = live.nowMs.value;
  const freshness = worstFreshness(
    [...live.state.value.clusters.values()].map((each) => each.freshness),
  );
  if (!freshness) return null;
  const { eventLagMs, lastEventAt, lastReconciledAt, driftRepaired, problem } = freshness;
  const lag =
    eventLagMs === null ? "–" : eventLagMs < 1000 ? `${eventLagMs} ms` : shownDuration(eventLagMs);
  const compared = shownAge(lastReconciledAt, nowMs);
  const heard = shownAge(lastEventAt, nowMs);
  return (
    <dl class="freshness">
      <div title="From SQS taking in the last event to it being applied">
        <dt>Event lag</dt>
        <dd>{lag}</dd>
      </div>
      <div>
        <dt>Last event</dt>
        <dd>{heard === undefined ? "none yet" : `${heard} ago`}</dd>
      </div>
      <div title="When the copy was last compared with the ECS API; of several clusters, the one that waits longest">
        <dt>Last reconcile</dt>
        <dd>{compared === undefined ? "never" : `${compared} ago`}</dd>
      </div>
      <div title="Entities that comparisons found wrong, missing or left over">
        <dt>Drift repaired</dt>
        <dd>{driftRepaired}</dd>
      </div>
      {problem !== null && (
        <div class="problem">
          <dt>Problem</dt>
          <dd>{problem}</dd>
        </div>
      )}
    </dl>
  );
}

function PauseButton({ live }: { readonly live: Live }) {
  const isPaused = live.paused.value;
  return (
    <button type="button" aria-pressed={isPaused} onClick={() => (live.paused.value = !isPaused)}>
      {isPaused ? "Resume" : "Pause"}
    </button>
  );
}

/** The page's header. */
export function Header({
  live,
  onSignOut,
}: {
  readonly live: Live;
  readonly onSignOut: (() => void) | undefined;
}) {
  return (
    <header class="top">
      <div class="bar">
        <h1>Longshore</h1>
        <ConnectionState live={live} />
        <nav aria-label="On this page">
          <a href="#clusters">Clusters</a>
          <a href="#daemons">Daemons</a>
          <a href="#tasks">Tasks</a>
          <a href="#changes">Changes</a>
          <a href="/playground">Playground</a>
        </nav>
        <div class="actions">
          <PauseButton live={live} />
          {onSignOut && (
            <button type="button" onClick={onSignOut}>
              Sign out
            </button>
          )}
        </div>
      </div>
      <FreshnessFacts live={live} />
    </header>
  );
}
