// Finds the private addresses of container instances: asks EC2 once per instance, in batches, and stores the
// answers. Without the permission everything else works; one log line says what is missing.
import type { Clock } from "../clock.ts";
import type { AddressBook } from "../ecs/address-book.ts";
import type { ClusterArn } from "../ecs/arn.ts";
import type { Log } from "../log.ts";
import { decodeContainerInstance, observePrivateIp } from "../store/record.ts";
import type { StateStore } from "../store/store.ts";
import { chunks } from "./drift.ts";
import { describeFault } from "./faults.ts";

export interface PrivateIps {
  /** Takes container instances (id to EC2 id) whose address may not be known yet. Never throws, never waits. */
  want(cluster: ClusterArn, instances: ReadonlyMap<string, string>): void;
  /**
   * Takes all container instances that a cluster has now, forgets the others, and looks which of them have an address
   * in the store: a Redis that lost data has lost addresses, too, whoever noticed. Never throws, never waits.
   */
  reconciled(cluster: ClusterArn, instances: ReadonlyMap<string, string>): void;
  /** Asks again about a cluster's instances: Redis lost what it knew. */
  forget(cluster: ClusterArn): void;
  close(): Promise<void>;
}

const filterValuesMax = 200;
/** Instances join in groups: a short pause makes one call of many. */
const gatherMs = 50;
const retryMs = 30_000;

export interface PrivateIpOptions {
  /** EC2 in the account and region of a cluster: the same object for clusters of one place. */
  readonly addressesOf: (cluster: ClusterArn) => AddressBook;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
}

export function createPrivateIps({ addressesOf, store, clock, log }: PrivateIpOptions): PrivateIps {
  /** Ids of container instances whose address is stored, by cluster. */
  const stored = new Map<ClusterArn, Set<string>>();
  const wanted = new Map<string, { cluster: ClusterArn; id: string; ec2InstanceId: string }>();
  /** Clusters to look through, with all instances that they have. */
  const sweeps = new Map<ClusterArn, ReadonlyMap<string, string>>();
  let running: Promise<void> | undefined;
  let cancelRetry: (() => void) | undefined;
  let complained = "";
  let closed = false;

  async function storeAddresses(found: ReadonlyMap<string, string>): Promise<void> {
    const known = [...wanted].filter(([, { ec2InstanceId }]) => found.has(ec2InstanceId));
    for (const [cluster, entries] of Map.groupBy(known, ([, each]) => each.cluster)) {
      const observations = entries.map(([, { id, ec2InstanceId }]) =>
        observePrivateIp(id, found.get(ec2InstanceId) ?? ""),
      );
      const results = await store.apply(cluster, observations);
      const ids = stored.get(cluster) ?? new Set();
      stored.set(cluster, ids);
      for (const [index, [key, { id }]] of entries.entries()) {
        wanted.delete(key);
        if (results[index] !== "missing") ids.add(id);
      }
    }
  }

  /** What the store has counts, not what we once put there. */
  async function sweep(cluster: ClusterArn, instances: ReadonlyMap<string, string>): Promise<void> {
    const ids = new Set<string>();
    for await (const page of store.recordPages(cluster, "i"))
      for (const [id, record] of page) {
        const { privateIpAddress } = decodeContainerInstance(record, cluster);
        if (privateIpAddress !== undefined && instances.has(id)) ids.add(id);
      }
    if (ids.size > 0) stored.set(cluster, ids);
    else stored.delete(cluster);
    add(cluster, instances);
  }

  async function askAt(addresses: AddressBook, ids: ReadonlySet<string>): Promise<void> {
    for (const batch of chunks([...ids], filterValuesMax)) {
      if (closed) return;
      await storeAddresses(await addresses.lookUp(batch));
    }
    // EC2 does not know the rest (any more).
    for (const [key, { cluster, ec2InstanceId }] of wanted)
      if (ids.has(ec2InstanceId) && addressesOf(cluster) === addresses) wanted.delete(key);
  }

  async function work(): Promise<void> {
    await clock.sleep(gatherMs);
    for (const [cluster, instances] of sweeps) {
      if (closed) return;
      await sweep(cluster, instances);
      if (sweeps.get(cluster) === instances) sweeps.delete(cluster);
    }
    const faults: unknown[] = [];
    const places = Map.groupBy(wanted.values(), ({ cluster }) => addressesOf(cluster));
    // An account that refuses leaves the others.
    for (const [addresses, some] of places)
      await askAt(addresses, new Set(some.map(({ ec2InstanceId }) => ec2InstanceId))).catch(
        (fault: unknown) => faults.push(fault),
      );
    if (faults.length > 0) throw faults[0];
    complained = "";
  }

  function start(): void {
    if (running || cancelRetry || closed || (wanted.size === 0 && sweeps.size === 0)) return;
    running = work()
      .catch((error: unknown) => {
        const reason = describeFault(error);
        if (reason !== complained)
          log.warn(
            { reason, instances: wanted.size },
            "private addresses of container instances are not known: ec2:DescribeInstances, or storing its answer, fails",
          );
        complained = reason;
        cancelRetry = clock.after(retryMs, () => {
          cancelRetry = undefined;
          start();
        });
      })
      .finally(() => {
        running = undefined;
        start();
      });
  }

  function add(cluster: ClusterArn, instances: ReadonlyMap<string, string>): void {
    const known = stored.get(cluster);
    for (const [id, ec2InstanceId] of instances)
      // External instances (mi-...) are no EC2 instances.
      if (!known?.has(id) && ec2InstanceId.startsWith("i-"))
        wanted.set(`${cluster} ${id}`, { cluster, id, ec2InstanceId });
  }

  return {
    want: (cluster, instances) => {
      add(cluster, instances);
      start();
    },
    reconciled: (cluster, instances) => {
      sweeps.set(cluster, instances);
      start();
    },
    forget: (cluster) => void stored.delete(cluster),
    close: async () => {
      closed = true;
      cancelRetry?.();
      await running;
    },
  };
}
