// Finds the groups that a step may concern, without asking each: by cluster, and there by a key that every entity
// which matches the group's filter has. Holds no entity.
import type { ClusterView } from "../../changes/cluster-view.ts";
import type { ClusterArn } from "../../ecs/arn.ts";
import type { Group } from "./group.ts";
import type { Step, Topic } from "./topic.ts";

/** The groups that follow one cluster. */
interface ClusterGroups<Entity> {
  readonly view: ClusterView;
  readonly byKey: Map<string, Set<Group<Entity>>>;
  readonly unkeyed: Set<Group<Entity>>;
}

export class GroupIndex<Entity> {
  readonly #topic: Pick<Topic<Entity, never>, "keysOf">;
  readonly #groups = new Set<Group<Entity>>();
  /** Filled when a cluster changes for the first time. */
  readonly #clusters = new Map<ClusterArn, ClusterGroups<Entity>>();

  constructor(topic: Pick<Topic<Entity, never>, "keysOf">) {
    this.#topic = topic;
  }

  add(group: Group<Entity>): void {
    this.#groups.add(group);
    for (const cluster of this.#clusters.values()) place(group, cluster);
  }

  delete(group: Group<Entity>): void {
    this.#groups.delete(group);
    for (const { view, byKey, unkeyed } of this.#clusters.values()) {
      unkeyed.delete(group);
      const key = group.options.interest.keyIn(view);
      if (key === undefined) continue;
      const keyed = byKey.get(key);
      keyed?.delete(group);
      if (keyed?.size === 0) byKey.delete(key);
    }
  }

  forget(cluster: ClusterArn): void {
    this.#clusters.delete(cluster);
  }

  /** Each once: a group is under one key at most. */
  *candidates({ before, after }: Step<Entity>, view: ClusterView): Generator<Group<Entity>> {
    const { byKey, unkeyed } = this.#of(view);
    yield* unkeyed;
    if (byKey.size === 0) return;
    const keys = new Set(before === undefined ? [] : this.#topic.keysOf(before, view));
    if (after !== undefined) for (const key of this.#topic.keysOf(after, view)) keys.add(key);
    for (const key of keys) yield* byKey.get(key) ?? [];
  }

  #of(view: ClusterView): ClusterGroups<Entity> {
    let cluster = this.#clusters.get(view.arn);
    if (!cluster) {
      cluster = { view, byKey: new Map(), unkeyed: new Set() };
      for (const group of this.#groups) place(group, cluster);
      this.#clusters.set(view.arn, cluster);
    }
    return cluster;
  }
}

function place<Entity>(
  group: Group<Entity>,
  { view, byKey, unkeyed }: ClusterGroups<Entity>,
): void {
  const { scope, interest } = group.options;
  if (!scope.covers(view.arn)) return;
  const key = interest.keyIn(view);
  if (key === undefined) {
    unkeyed.add(group);
    return;
  }
  const keyed = byKey.get(key);
  if (keyed) keyed.add(group);
  else byKey.set(key, new Set([group]));
}
