// What is asked of a daemon, in the parts that several commands share.

/** What people set and the API answers in the same form, but for the rollout's own settings. */
export const daemonSettings = {
  mode: true,
  launch: true,
  paused: true,
  drainOrder: true,
  readinessAttribute: true,
  revision: true,
} as const;

export const rolloutFields = {
  method: true,
  minHealthyPercent: true,
  maxOverPercent: true,
  canaryPercent: true,
  autoRollback: true,
} as const;

/** All that a revision holds of what people set. */
export const revisionFields = {
  revision: true,
  taskDefinition: true,
  selector: true,
  overrides: true,
  networkConfiguration: true,
  tags: { key: true, value: true },
} as const;

export const statusFields = {
  phase: true,
  reason: true,
  since: true,
  desired: true,
  running: true,
  healthy: true,
  updated: true,
  outdated: true,
  waiting: true,
  failed: true,
} as const;
