// What is wrong, since when, and why: a line each, the worst first, with a link to where it can be looked into.
import { shownAge, shownDuration } from "../derive.ts";
import type { Live } from "../live.ts";
import { alwaysFollowed } from "../model.ts";
import { currentProblems } from "../problems.ts";
import type { Problem } from "../problems.ts";

const shownMax = 12;

const clockTime = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });

/** For how long: by ECS's word, or for as long as this page has seen it. */
function sinceText({ since, seenAtMs, isOlder }: Problem, nowMs: number): string {
  const told = shownAge(since ?? null, nowMs);
  if (told !== undefined) return `for ${told}`;
  return isOlder
    ? `since before ${clockTime.format(seenAtMs)}`
    : `for ${shownDuration(nowMs - seenAtMs)}`;
}

function Line({ problem, nowMs }: { readonly problem: Problem; readonly nowMs: number }) {
  return (
    <li data-tone={problem.tone}>
      <a href={problem.href}>{problem.what}</a>
      <span class="quiet problem-where">
        {problem.cluster !== "" && `${problem.cluster}, `}
        {sinceText(problem, nowMs)}
      </span>
      {problem.why !== "" && <p>{problem.why}</p>}
    </li>
  );
}

/** `only` leaves those of one cluster. */
export function Problems({ live, only }: { readonly live: Live; readonly only?: string }) {
  const nowMs = live.nowMs.value;
  const all = currentProblems(live);
  const problems = only === undefined ? all : all.filter(({ cluster }) => cluster === only);
  // Before everything has come, nothing wrong is nothing known.
  const isKnown = alwaysFollowed.every((kind) => live.fleet.synced.has(kind));
  return (
    <section class="card problems" aria-labelledby="problems-title">
      <div class="card-head">
        <h2 id="problems-title">What is wrong</h2>
        {isKnown && <div class="quiet">{problems.length}</div>}
      </div>
      {problems.length === 0 ? (
        <p class={isKnown ? "all-well" : "quiet"}>
          {isKnown ? "Nothing that Longshore knows of." : "Not known before the first picture."}
        </p>
      ) : (
        <ul>
          {problems.slice(0, shownMax).map((problem) => (
            <Line key={problem.key} problem={problem} nowMs={nowMs} />
          ))}
        </ul>
      )}
      {problems.length > shownMax && (
        <p class="quiet">and {problems.length - shownMax} more of less weight.</p>
      )}
    </section>
  );
}
