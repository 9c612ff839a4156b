// A plan before it happens: how many of what, on which container instances, in which waves, and why some get nothing.
import { instanceName } from "../feed.ts";
import type { Live } from "../live.ts";
import { FleetPicture, instancesOf } from "./fleet-picture.tsx";
import type { TileLook } from "./fleet-picture.tsx";
import type { Plan } from "./model.ts";
import { countFates, countReasons, fates, fateText, outlooksOf } from "./plan.ts";
import type { Fate, Outlook } from "./plan.ts";

const letters: Readonly<Record<Fate, string>> = {
  start: "+",
  replace: "↻",
  stop: "×",
  keep: "=",
  skip: "–",
};

const noPart: TileLook = { look: "none", text: "", title: "none of this daemon's" };

function lookOf(outlook: Outlook | undefined): TileLook {
  if (!outlook) return noPart;
  const { fate, wave, reason } = outlook;
  const when = wave === undefined || wave === 1 ? "" : `, in wave ${wave}`;
  const why = reason === undefined ? "" : `: ${reason}`;
  const text = wave !== undefined && wave > 1 ? String(wave) : letters[fate];
  return { look: fate, text, title: `${fateText[fate]}${when}${why}` };
}

function Legend({ counts }: { readonly counts: Readonly<Record<Fate, number>> }) {
  return (
    <ul class="fates">
      {fates.map((fate) => (
        <li key={fate} data-none={counts[fate] === 0}>
          <i data-look={fate} aria-hidden="true">
            {letters[fate]}
          </i>
          <b>{counts[fate].toLocaleString("en")}</b> {fate}
        </li>
      ))}
    </ul>
  );
}

function Waves({ plan }: { readonly plan: Plan }) {
  if (plan.waves.length === 0) return null;
  const sizes = plan.waves.map(
    ({ start, replace, stop }) => start.length + replace.length + stop.length,
  );
  const shown = sizes.slice(0, 12).join(" · ");
  const calls = plan.apiCalls === 1 ? "one call to ECS" : `${plan.apiCalls} calls to ECS`;
  return (
    <p class="quiet">
      {plan.waves.length === 1
        ? `At once, in ${calls}.`
        : `${plan.waves.length} waves of ${shown}${sizes.length > 12 ? " …" : ""} container instances, ${calls}. Each wave begins when the one before is healthy.`}
    </p>
  );
}

function Table({
  live,
  cluster,
  outlooks,
}: {
  readonly live: Live;
  readonly cluster: string;
  readonly outlooks: ReadonlyMap<string, Outlook>;
}) {
  const rows = instancesOf(live, cluster)
    .flatMap((instance) => {
      const outlook = outlooks.get(instance.arn);
      return outlook ? [{ instance, outlook }] : [];
    })
    .sort(
      (a, b) =>
        fates.indexOf(a.outlook.fate) - fates.indexOf(b.outlook.fate) ||
        (a.outlook.wave ?? 0) - (b.outlook.wave ?? 0),
    );
  return (
    <div class="scroll short" tabIndex={0} role="region" aria-label="Plan by container instance">
      <table>
        <thead>
          <tr>
            <th scope="col">Instance</th>
            <th scope="col">Zone</th>
            <th scope="col">What happens</th>
            <th scope="col">Wave</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ instance, outlook }) => (
            <tr key={instance.arn}>
              <th scope="row" class="id">
                {instanceName(instance)}
              </th>
              <td>{instance.availabilityZone ?? "external"}</td>
              <td>{fateText[outlook.fate]}</td>
              <td class="number">{outlook.wave ?? "–"}</td>
              <td class="wrap">{outlook.reason ?? "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The plan of one daemon on its cluster (by ARN). */
export function PlanPicture({
  live,
  cluster,
  plan,
}: {
  readonly live: Live;
  readonly cluster: string;
  readonly plan: Plan;
}) {
  const outlooks = outlooksOf(plan, (arn) => live.fleet.tasks.get(arn)?.containerInstanceArn);
  const counts = countFates(outlooks.values());
  const said = fates.filter((fate) => counts[fate] > 0).map((fate) => `${counts[fate]} ${fate}`);
  const label = said.length > 0 ? `Plan: ${said.join(", ")}` : "Plan: nothing happens";
  const reasons = countReasons(plan.skip.map(({ reason }) => reason));
  return (
    <div class="plan" data-plan={said.join(", ")}>
      <Legend counts={counts} />
      <FleetPicture
        live={live}
        cluster={cluster}
        label={label}
        lookOf={({ arn }) => lookOf(outlooks.get(arn))}
      />
      <Waves plan={plan} />
      {reasons.length > 0 && (
        <ul class="reasons">
          {reasons.slice(0, 6).map(({ reason, count }) => (
            <li key={reason}>
              <b>{count}</b> {reason}
            </li>
          ))}
        </ul>
      )}
      <details>
        <summary>As a table</summary>
        <Table live={live} cluster={cluster} outlooks={outlooks} />
      </details>
    </div>
  );
}
