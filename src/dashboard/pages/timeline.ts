// The phases of a task's life with their durations. Pure.

export interface Step {
  readonly lastStatus: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface Phase {
  readonly lastStatus: string;
  readonly at: string;
  /** Until the next status, or until now for one that goes on; undefined for the last one of a task that ended. */
  readonly durationMs: number | undefined;
  /** Its part of the whole, from 0 to 1, drawn so that short ones can be seen. */
  readonly share: number;
  readonly isPresent: boolean;
}

const ended = new Set(["STOPPED", "DELETED"]);
/** A phase is never drawn narrower than this part of the whole. */
const narrowest = 0.04;

/** The steps as phases, in their order. Steps out of order (clocks differ) last no time. */
export function phasesOf(steps: readonly Step[], nowMs: number): readonly Phase[] {
  const lasting = steps.map((step, index) => {
    const next = steps[index + 1];
    const isPresent = next === undefined && !ended.has(step.lastStatus);
    const endMs = next ? Date.parse(next.at) : nowMs;
    const isOver = next === undefined && !isPresent;
    return {
      ...step,
      isPresent,
      durationMs: isOver ? undefined : Math.max(0, endMs - Date.parse(step.at)),
    };
  });
  // Logarithms: seconds of starting stand beside days of running.
  const weights = lasting.map(({ durationMs }) =>
    durationMs === undefined ? 0 : Math.log10(10 + durationMs / 100),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0) || 1;
  return lasting.map((phase, index) => ({
    ...phase,
    share: Math.max(narrowest, (weights[index] ?? 0) / sum),
  }));
}
