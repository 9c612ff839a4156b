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
  readonly account: string | undefined;
  /** By account and region: see {@link placeOf}. */
  readonly places: ReadonlyMap<string, EcsReader>;
  /** What could not be listed, and why. */
  readonly faults: readonly { readonly region: string; readonly error: unknown }[];
}

/** One region of an account in a round of listing. */
interface ListedRegion {
  readonly owner: string | undefined;
  /** For people; of another account with that account. Empty when the SDK finds no region. */
  readonly name: string;
  readonly ecs: EcsReader;
  /** Absent for as long as ECS does not answer. */
  answer: { readonly clusters: readonly ClusterArn[] } | { readonly error: unknown } | undefined;
  /** Whether what was listed is made known. */
  isKnown: boolean;
}

/** A round of listing, as far as it has come. */
export interface ListingRound {
  /** In the order of the settings, of which the first to name a region counts. */
  readonly regions: ListedRegion[];
  account: string | undefined;
  isOver: boolean;
}

export const newRound = (): ListingRound => ({ regions: [], account: undefined, isOver: false });

/**
 * Lists the clusters of every region, all at the same time: one that fails or does not answer leaves the others alone.
 * `onNews` is called with each answer, with the account, and when the round is over. Never rejects.
 */
export async function listRegions(
  options: ScopeOptions,
  round: ListingRound,
  onNews: () => void,
): Promise<void> {
  const account = options.account().then(
    (told) => {
      round.account = told;
      // Without its regions a round says nothing yet.
      if (round.regions.length > 0) onNews();
    },
    () => {},
  );
  const names = await Promise.allSettled(options.regions.map(({ region }) => region()));
  const seen = new Set<string>();
  for (const [index, { account: owner, ecs }] of options.regions.entries()) {
    const told = names[index];
    const region = { owner, ecs, isKnown: false };
    if (told?.status !== "fulfilled") {
      round.regions.push({ ...region, name: "", answer: { error: told?.reason } });
      continue;
    }
    const name = owner === undefined ? told.value : placeOf(owner, told.value);
    if (!seen.has(name)) round.regions.push({ ...region, name, answer: undefined });
    seen.add(name);
  }
  onNews();
  const lists = round.regions.map(async (region) => {
    if (region.answer) return;
    region.answer = await region.ecs.listClusters().then(
      (clusters) => ({ clusters }),
      (error: unknown) => ({ error }),
    );
    onNews();
  });
  await Promise.all(lists);
  if (accountListed(round) === undefined) await account;
  round.isOver = true;
  onNews();
}

/** The account that the clusters of the worker's own regions are of. */
function accountListed({ regions }: ListingRound): string | undefined {
  for (const { owner, answer } of regions)
    if (owner === undefined && answer && "clusters" in answer)
      for (const cluster of answer.clusters) return parseEcsArn(cluster)?.account;
  return undefined;
}

/**
 * What is to be compared by a round of listing. Of a region that fails or has not answered yet, the clusters that are
 * known are in; of one that has not answered those of `before` as well.
 */
export async function scopeOf(
  { store, tracks, named }: ScopeOptions,
  round: ListingRound,
  before: Scope | undefined,
): Promise<Scope> {
  const places = new Map<string, EcsReader>();
  const clusters = new Map<ClusterArn, EcsReader>();
  const faults: { region: string; error: unknown }[] = [];
  const account = accountListed(round) ?? round.account ?? before?.account;
  for (const { owner, name, ecs, answer } of round.regions) {
    if (owner !== undefined && name !== "") places.set(name, ecs);
    if (answer === undefined) {
      for (const [cluster, reader] of before?.clusters ?? [])
        if (reader === ecs) clusters.set(cluster, ecs);
    } else if ("error" in answer) faults.push({ region: name, error: answer.error });
    else for (const cluster of answer.clusters) if (tracks(cluster)) clusters.set(cluster, ecs);
  }
  if (account !== undefined)
    for (const { owner, name, ecs } of round.regions)
      if (owner === undefined && name !== "") places.set(placeOf(account, name), ecs);
  const known = [...(await store.clusters()).filter(tracks), ...named];
  for (const cluster of known) {
    const ecs = readerOf({ places }, cluster);
    // Not listed: too new, or gone, which its own calls tell for certain.
    if (ecs && !clusters.has(cluster)) clusters.set(cluster, ecs);
  }
  return { clusters, account, places, faults };
}

/** Makes known what was listed so far. */
export async function addListed(
  { store, tracks }: ScopeOptions,
  { regions }: ListingRound,
): Promise<void> {
  for (const region of regions) {
    if (region.isKnown || !region.answer || !("clusters" in region.answer)) continue;
    for (const cluster of region.answer.clusters)
      if (tracks(cluster)) await store.addCluster(cluster);
    region.isKnown = true;
  }
}

/** After {@link addListed} of all: whoever sees no cluster after that may believe that there is none. */
export async function noteListed({ store, clock }: ScopeOptions, { faults }: Scope): Promise<void> {
  const [fault] = faults;
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
