// Writes what the scheduler intends and learns, under its lease, and remembers how far its view must have come
// before it may plan again: a plan from a view that lacks our own writes would start things twice.
import { encodePlacement } from "../daemon/record.ts";
import { placementKey } from "../daemon/placement.ts";
import type { Placement } from "../daemon/placement.ts";
import type { Position } from "../changes/cursor.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { ControlWrite, StateStore } from "../store/store.ts";
import { Deposed } from "./protocol.ts";

/** A placement as we wrote it, and as it was before; undefined when there was none. */
export interface PlacementWrite {
  readonly written: Placement;
  readonly before: Placement | undefined;
}

export interface ControlWriter {
  /**
   * Answers false, and writes nothing, when the daemon is not there any more. Throws {@link Deposed} when the lease is
   * not held; nothing is written then.
   */
  putPlacements(placements: readonly Placement[]): Promise<boolean>;
  /** The same for what is about to be started; false also when a person has asked for another run there meanwhile. */
  putIntents(placements: readonly Placement[]): Promise<boolean>;
  /** Puts back what was there before writes of ours, unless one of them was written over since. */
  takeBack(writes: readonly PlacementWrite[]): Promise<void>;
  /** Changes a daemon's definition, only over the record that was read; false when somebody else was faster. */
  putDaemon(name: string, expected: string, record: string): Promise<boolean>;
  /** Removes a daemon, only over the record that was read, and what is remembered of it; false when nothing was. */
  removeDaemon(name: string, expected: string, placements: readonly Placement[]): Promise<boolean>;
  removePlacements(placements: readonly Placement[]): Promise<void>;
  /** The same for a daemon that is gone; nothing when one of its name is there again. */
  removeLeft(daemon: string, placements: readonly Placement[]): Promise<void>;
  /** A lease was taken: what its earlier holder wrote must be seen before the first plan. */
  begin(): void;
  /** Resolves once the place in the log is known that {@link isSeenBy} waits for. */
  begun(): Promise<void>;
  /** Whether a view has come to our last write, or to a log that lost it. */
  isSeenBy(view: Position): boolean;
}

export function createControlWriter(
  store: Pick<StateStore, "writeControl">,
  cluster: ClusterArn,
  held: () => string | undefined,
  viewEpoch: () => string | undefined,
): ControlWriter {
  let written: (Position & { readonly viewEpoch: string | undefined }) | undefined;
  let beginning = false;

  async function write(writes: readonly ControlWrite[]): Promise<boolean> {
    const lease = held();
    if (lease === undefined) throw new Deposed(`the lease of ${cluster} is not held`);
    const result = await store.writeControl(cluster, writes, lease);
    if (result.outcome === "conflict") return false;
    if (result.outcome === "fenced") throw new Deposed(`the lease of ${cluster} was lost`);
    const { epoch, seq } = result;
    if (written?.epoch !== epoch || seq > written.seq)
      written = { epoch, seq, viewEpoch: viewEpoch() };
    return true;
  }

  const additions = (placements: readonly Placement[]): ControlWrite[] => {
    // What is remembered of a daemon must not outlive it: its removal may be a moment old.
    const names = new Set(placements.map(({ daemon }) => daemon));
    return [
      ...[...names].map((id): ControlWrite => ({ kind: "d", id, expected: "+", record: "=" })),
      ...placements.map((placement): ControlWrite => ({
        kind: "p",
        id: placementKey(placement),
        expected: "*",
        record: encodePlacement(placement),
      })),
    ];
  };
  const noNextRun = (placement: Placement): ControlWrite => ({
    kind: "p",
    id: placementKey({ ...placement, generation: placement.generation + 1 }),
    expected: undefined,
    record: "=",
  });
  const removals = (placements: readonly Placement[]): ControlWrite[] =>
    placements.map((placement) => ({
      kind: "p",
      id: placementKey(placement),
      expected: "*",
      record: undefined,
    }));
  return {
    begin: () => {
      beginning = true;
    },
    begun: async () => {
      if (!beginning) return;
      // Writes nothing, but answers how far the log is; under our lease, so nothing of the holder before follows.
      await write([]);
      beginning = false;
    },
    putPlacements: (placements) => write(additions(placements)),
    putIntents: (placements) =>
      write([
        ...placements.filter(({ generation }) => generation > 0).map(noNextRun),
        ...additions(placements),
      ]),
    takeBack: async (writes) => {
      await write(
        writes.map(({ written: ours, before }) => ({
          kind: "p",
          id: placementKey(ours),
          expected: encodePlacement(ours),
          record: before && encodePlacement(before),
        })),
      );
    },
    putDaemon: (id, expected, record) => write([{ kind: "d", id, expected, record }]),
    removePlacements: async (placements) => {
      await write(removals(placements));
    },
    removeLeft: async (daemon, placements) => {
      const isGone = { kind: "d", id: daemon, expected: undefined, record: "=" } as const;
      await write([isGone, ...removals(placements)]);
    },
    removeDaemon: (id, expected, placements) =>
      write([{ kind: "d", id, expected, record: undefined }, ...removals(placements)]),
    isSeenBy: ({ epoch, seq }) => {
      if (written === undefined) return true;
      if (epoch === written.epoch) return seq >= written.seq;
      // Another log: one that the view had before our write is behind it, a later one has lost it.
      return epoch !== written.viewEpoch;
    },
  };
}
