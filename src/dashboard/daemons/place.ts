// Addresses of the daemons' pages: a cluster by its name where that is enough, so that people can read them.
import type { Live } from "../live.ts";
import { formatRoute, links } from "../shell/route.ts";

/** A cluster's name, or its ARN where several share the name. `cluster` is either. */
function shortCluster(live: Live, cluster: string): string {
  const all = [...live.fleet.clusters.values()];
  const found = all.find(({ arn, name }) => arn === cluster || name === cluster);
  if (!found) return cluster;
  return all.filter(({ name }) => name === found.name).length > 1 ? found.arn : found.name;
}

export const daemonLink = (live: Live, cluster: string, name: string): string =>
  links.daemon(shortCluster(live, cluster), name);

export const updateLink = (live: Live, cluster: string, name: string): string =>
  formatRoute(["daemons", shortCluster(live, cluster), name, "update"]);

export const registerLink = (cluster?: string): string =>
  formatRoute(["daemons", "register"], { cluster });
