// The daemons of a chaos run: one of each way in which daemons are started, replaced and ended. Their shape stays for a
// run, so that what may be at one moment is known; what they run, and where, people change. Pure.
import type { DaemonLaunch, DaemonMode, RolloutMethod } from "../daemon/daemon.ts";

export interface DaemonSpec {
  readonly name: string;
  readonly mode: DaemonMode;
  readonly method: RolloutMethod;
  readonly launch: DaemonLaunch;
}

const always = { mode: "ALWAYS", method: "TERMINATE_THEN_REPLACE", launch: "START_TASK" } as const;

export const daemonSpecs: readonly DaemonSpec[] = [
  { ...always, name: "lamp" },
  { ...always, name: "bell", method: "REPLACE_THEN_TERMINATE" },
  { ...always, name: "buoy", launch: "RUN_TASK" },
  { ...always, name: "prime", mode: "ONCE_JOINED" },
  { ...always, name: "flush", mode: "ONCE_LEAVING" },
];

/** Families of the task definitions; each has this many revisions that differ in nothing but their number. */
export const runningFamily = "chaos-agent";
export const endingFamily = "chaos-errand";
export const familyRevisions = 4;
/** How long a task that runs once takes, ms. */
export const errandMs = 1500;

/** Selectors that people choose from, by the tiers of instances that each selects. */
export const selectors: Readonly<Record<string, readonly string[] | undefined>> = {
  "": undefined,
  "attribute:tier == front": ["front"],
  "attribute:tier in [front, back]": ["front", "back"],
};

/** What a revision is made of, as one text: how wishes name it. */
export const contentOf = (taskDefinition: string, selector: string): string =>
  `${taskDefinition} on "${selector}"`;

export function selects(selector: string, tier: string | undefined): boolean {
  const tiers = selectors[selector];
  return tiers === undefined || (tier !== undefined && tiers.includes(tier));
}

export const runsOnce = ({ mode }: DaemonSpec): boolean => mode !== "ALWAYS";
