// Remembers which change each daemon was looked at for on each container instance, so that a start or a stop can say
// what it came of. Bounded; for people who read logs and traces, nothing is decided by it.
import type { Change } from "../changes/change.ts";
import type { TracedChange } from "../telemetry/change-trace.ts";

export interface Cause extends TracedChange {
  /** When the change was stored, ms since the epoch. */
  readonly at: number;
}

export interface Causes {
  note(daemon: string, containerInstanceId: string, change: Change): void;
  /** The last change that mattered there, unless it is so long ago that time itself is the cause. */
  of(daemon: string, containerInstanceId: string, now: number): Cause | undefined;
}

const causesMax = 10_000;
const causeMs = 60_000;

export function createCauses(): Causes {
  const causes = new Map<string, Cause>();
  return {
    note: (daemon, containerInstanceId, { cluster, kind, id, at, after }) => {
      if (after?.kind !== "task" && after?.kind !== "containerInstance") return;
      const key = `${daemon}/${containerInstanceId}`;
      // The oldest come first: a key that is set again goes to the end.
      causes.delete(key);
      causes.set(key, { cluster, kind, id, version: after.version, at });
      if (causes.size <= causesMax) return;
      for (const oldest of causes.keys()) {
        causes.delete(oldest);
        break;
      }
    },
    of: (daemon, containerInstanceId, now) => {
      const cause = causes.get(`${daemon}/${containerInstanceId}`);
      return cause && now - cause.at < causeMs ? cause : undefined;
    },
  };
}
