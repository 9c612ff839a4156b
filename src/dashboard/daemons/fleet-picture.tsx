// The container instances of a cluster as small tiles by zone, each with a look and a letter. A picture with a name: what
// it shows stands beside it in words and in a table.
import { byText } from "../derive.ts";
import { instanceName } from "../feed.ts";
import type { Live } from "../live.ts";
import type { Instance } from "../model.ts";

/** How one tile looks; `text` is one or two characters, so that no colour is needed to read it. */
export interface TileLook {
  readonly look: string;
  readonly text: string;
  readonly title: string;
}

/** From this many on, tiles are small and show no text. */
const denseFrom = 400;

/** By zone, in order; those without one are external. */
function zonesOf(instances: readonly Instance[]): readonly (readonly [string, Instance[]])[] {
  const zones = Map.groupBy(instances, (instance) => instance.availabilityZone ?? "external");
  for (const members of zones.values())
    members.sort((a, b) => byText(instanceName(a), instanceName(b)));
  return [...zones].sort(([a], [b]) => byText(a, b));
}

/** The container instances of a cluster that the page knows. */
export const instancesOf = (live: Live, cluster: string): Instance[] =>
  [...live.fleet.instances.values()].filter((instance) => instance.cluster.arn === cluster);

export function FleetPicture({
  live,
  cluster,
  label,
  lookOf,
}: {
  readonly live: Live;
  /** ARN. */
  readonly cluster: string;
  /** What the picture says, in one sentence. */
  readonly label: string;
  readonly lookOf: (instance: Instance) => TileLook;
}) {
  const instances = instancesOf(live, cluster);
  return (
    <div class="picture" role="img" aria-label={label} data-dense={instances.length >= denseFrom}>
      {zonesOf(instances).map(([zone, members]) => (
        <div class="picture-zone" key={zone}>
          <span class="quiet">
            {zone} <small>{members.length}</small>
          </span>
          <div>
            {members.map((instance) => {
              const { look, text, title } = lookOf(instance);
              return (
                <i
                  key={instance.arn}
                  data-look={look}
                  title={`${instanceName(instance)}: ${title}`}
                >
                  {text}
                </i>
              );
            })}
          </div>
        </div>
      ))}
    </div>
  );
}
