// Which clusters this worker can compare with ECS: those of its account, and of others whose roles it may assume, in
// the regions that it reads. Lists them, and says of every other cluster that nobody compares it.
import type { Clock } from "../clock.ts";
import { parseEcsArn } from "../ecs/arn.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import { awsErrorName } from "../ecs/aws-error.ts";
import type { EcsReader } from "../ecs/ecs-api.ts";
import type { StateStore } from "../store/store.ts";
import type { Tracks } from "./batch.ts";
import { describeFault } from "./faults.ts";

/** ECS in one region of one account. */
export interface RegionReader {
  /** Absent for the account that the worker's own credentials are of. */
  readonly account?: string;
  /** Its name; rejects when the SDK finds no region in the settings. */
  readonly region: () => Promise<string>;
  readonly ecs: EcsReader;
}

/** The regions of ARNs among the clusters that the settings name, and whether the worker's own region is one as well. */
export function regionsNamed(clusters: readonly string[]): {
  readonly home: boolean;
  readonly others: readonly string[];
} {
  const regions = clusters.map((cluster) => parseEcsArn(cluster)?.region);
  return {
    home: regions.length === 0 || regions.includes(undefined),
    others: [...new Set(regions.filter((region) => region !== undefined))],
  };
}

/** The key of an account's region. */
const placeOf = (account: string, region: string): string => `${account} ${region}`;

export interface ScopeOptions {
  readonly regions: readonly RegionReader[];
  readonly store: StateStore;
  readonly clock: Clock;
  readonly tracks: Tracks;
  readonly intervalMs: number;
  /** The account that the credentials are of; undefined when AWS does not tell. */
  readonly account: () => Promise<string | undefined>;
  /** ARNs that the settings name: there without being listed. */
  readonly named: readonly ClusterArn[];
}

export interface Scope {
  /** How to read each cluster that is to be compared: listed, or known to be of an account and region that we read. */
  readonly clusters: ReadonlyMap<ClusterArn, EcsReader>;
  /** Those of them that ECS has just named. */
  readonly listed: readonly ClusterArn[];
  readonly account: string | undefined;
  /** By account and region: see {@link placeOf}. */
  readonly places: ReadonlyMap<string, EcsReader>;
  /** What could not be listed, and why. */
  readonly faults: readonly { readonly region: string; readonly error: unknown }[];
}

/** Lists the clusters of every region. A region that fails leaves the others alone, and its known clusters in. */
export async function findScope(options: ScopeOptions): Promise<Scope> {
  const { store, tracks, named } = options;
  const own = new Map<string, EcsReader>();
  const places = new Map<string, EcsReader>();
  const clusters = new Map<ClusterArn, EcsReader>();
  const faults: { region: string; error: unknown }[] = [];
  const listed: ClusterArn[] = [];
  let account: string | undefined;
  for (const { account: owner, region, ecs } of options.regions) {
    let name = "";
    try {
      name = await region();
      const [read, key] = owner === undefined ? [own, name] : [places, placeOf(owner, name)];
      if (read.has(key)) continue;
      read.set(key, ecs);
      if (owner !== undefined) name = key;
      for (const cluster of await ecs.listClusters()) {
        if (owner === undefined) account ??= parseEcsArn(cluster)?.account;
        if (!tracks(cluster)) continue;
        clusters.set(cluster, ecs);
        listed.push(cluster);
      }
    } catch (error) {
      faults.push({ region: name, error });
    }
  }
  account ??= await options.account();
  if (account !== undefined)
    for (const [region, ecs] of own) places.set(placeOf(account, region), ecs);
  const known = [...(await store.clusters()).filter(tracks), ...named];
  for (const cluster of known) {
    const ecs = readerOf({ places }, cluster);
    // Not listed: too new, or gone, which its own calls tell for certain.
    if (ecs && !clusters.has(cluster)) clusters.set(cluster, ecs);
  }
  return { clusters, listed, account, places, faults };
}

/** Makes known what was listed, then that it was: whoever sees no cluster after that may believe that there is none. */
export async function noteListed({ store, clock }: ScopeOptions, scope: Scope): Promise<void> {
  for (const cluster of scope.listed) await store.addCluster(cluster);
  const [fault] = scope.faults;
  await store.noteListing(
    fault
      ? { problem: [fault.region, describeFault(fault.error)].filter(Boolean).join(": ") }
      : { listedAt: clock.now() },
  );
}

export function readerOf(
  { places }: Pick<Scope, "places">,
  cluster: ClusterArn,
): EcsReader | undefined {
  const arn = parseEcsArn(cluster);
  return arn && places.get(placeOf(arn.account, arn.region));
}

/** Whether a fault of listing is a permission that may be missing for good: the clusters named do without. */
export const isDenied = (error: unknown): boolean =>
  (awsErrorName(error) ?? "").startsWith("AccessDenied");

/** A comparison that is older than this many intervals was the last. */
const intervalsUntilForsaken = 3;

/** Notes with every known cluster that we cannot read, and nobody else does, what has to be done about it. */
export async function noteForsaken(options: ScopeOptions, scope: Scope): Promise<void> {
  const { store, clock, tracks, intervalMs } = options;
  const { account, places } = scope;
  if (account === undefined || places.size === 0) return;
  for (const cluster of await store.clusters()) {
    if (!tracks(cluster) || scope.clusters.has(cluster)) continue;
    const { lastReconciledAt = 0, reconcileProblem } = await store.freshness(cluster);
    if (clock.now() - lastReconciledAt < intervalsUntilForsaken * intervalMs) continue;
    const problem = forsakenText(cluster, account, [...places.keys()]);
    if (reconcileProblem !== problem)
      await store.noteFreshness(cluster, { reconcileProblem: problem });
  }
}

function forsakenText(cluster: ClusterArn, account: string, places: readonly string[]): string {
  const arn = parseEcsArn(cluster);
  const remedy =
    arn?.account === account
      ? `name ${cluster} in LONGSHORE_CLUSTERS, or run an ingest worker with AWS_REGION=${arn.region}`
      : `name a role there in LONGSHORE_ACCOUNTS_FILE, or run an ingest worker with credentials of account ${arn?.account}, AWS_REGION=${arn?.region} and the LONGSHORE_DEPLOYMENT of this one (${account} unless it is set)`;
  return (
    "nobody compares this cluster with ECS, it is known by events alone: this worker reads " +
    `${places.join(", ")}. To have it compared, ${remedy}`
  );
}
