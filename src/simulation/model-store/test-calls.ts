// Random calls of the store, as many kinds as it has, each to be made on several stores alike. Only for tests.
import { callClasses } from "../../ecs/api-budget.ts";
import type { Departure } from "../../ecs/departure.ts";
import type { Random } from "../../random.ts";
import { entityKinds } from "../../store/keys.ts";
import type { ControlWrite, Removal, StateStore } from "../../store/store.ts";
import { makeHistory, observationOf } from "../../store/test-model.ts";
import type { Said } from "../../store/test-model.ts";
import type { StoreServer } from "../../testing/store-servers.ts";
import { inAnyOrder } from "./test-comparable.ts";

export interface Call {
  readonly method: string;
  /** For the story. */
  readonly what: string;
  readonly run: (store: StateStore, server: StoreServer) => Promise<unknown>;
}

const clusters = ["quay", "pier"].map(
  (name) => `arn:aws:ecs:eu-west-1:111122223333:cluster/${name}`,
);

/** By the name of the method; each makes a call, the same for every store. */
type Makers = Readonly<Record<string, (cluster: string, now: number) => Call["run"]>>;

function entityMakers(random: Random, started: number): Makers {
  const ids = ["1", "2", "3", "4", "5"];
  const kinds = ["i", "t"] as const;
  const histories = new Map<string, readonly Said[]>(
    kinds.flatMap((kind) =>
      ids.map((id) => [`${kind} ${id}`, makeHistory(random, kind, id, started)] as const),
    ),
  );
  const observation = (now: number) => {
    const [kind, id] = [random.pick(kinds), random.pick(ids)];
    const by = random.pick(["event", "event", "describe", ...(kind === "i" ? ["ec2"] : [])]);
    const said = random.pick(histories.get(`${kind} ${id}`) ?? []);
    const saidAt = random.chance(0.1) ? now - random.int(0, 2) * 600_000 : undefined;
    const source = by === "event" || by === "describe" ? by : "ec2";
    const told = { kind, id, by: source, said: source === "ec2" ? undefined : said } as const;
    return observationOf({ ...told, extra: `x${random.int(0, 3)}`, saidAt }, now);
  };
  const removal = (): Removal => {
    const [kind, id] = [random.pick(kinds), random.pick(ids)];
    const said = random.pick(histories.get(`${kind} ${id}`) ?? []);
    return { kind, id, version: random.chance(0.5) ? "" : String(said.version) };
  };
  return {
    apply: (cluster, now) => {
      const batch = Array.from({ length: random.int(0, 6) }, () => observation(now));
      return (store) => store.apply(cluster, batch);
    },
    remove: (cluster, now) => {
      const removals = Array.from({ length: random.int(0, 3) }, removal);
      const until = random.chance(0.3) ? 0 : now + random.int(1, 300_000);
      return (store) => store.remove(cluster, removals, until);
    },
    known: (cluster) => {
      const kind = random.pick(kinds);
      return (store) => store.known(cluster, kind);
    },
    endedBefore: (cluster, now) => {
      const cutoff = random.pick([now, now - 100_000, Infinity]);
      const limit = random.int(1, 4);
      return (store) => store.endedBefore(cluster, cutoff, limit);
    },
    endedCount: (cluster) => (store) => store.endedCount(cluster),
    trim: (cluster, now) => {
      const cutoff = now - random.pick([0, 100_000, 1_000_000]);
      return (store) => store.trim(cluster, cutoff, now);
    },
    putTaskDefinitions: (cluster) => {
      const records = random.pick(["a", "b", undefined]);
      const definitions = new Map([[`lamp:${random.int(1, 3)}`, records]]);
      return (store) => store.putTaskDefinitions(cluster, definitions);
    },
    records: (cluster) => {
      const kind = random.pick(entityKinds);
      return (store) => store.records(cluster, kind);
    },
    snapshot: (cluster) => (store) => store.snapshot(cluster),
    read: (cluster) => {
      const [back, limit] = [random.int(0, 30), random.int(1, 20)];
      return async (store) => {
        const { seq } = await store.read(cluster, 0, 1);
        return store.read(cluster, Math.max(0, seq - back), limit);
      };
    },
  };
}

/** Longer than a run takes: Redis's own expiry goes by another clock than the test's. */
const leaseMs = 3_600_000;

function controlMakers(random: Random): Makers {
  const holders = ["me", "you", "m"];
  /** All that were ever handed out, and one that never was. */
  const leases = ["me:1"];
  const lease = () => random.pick(leases.slice(-4));
  const purpose = () => random.pick(["schedule", "reconcile"] as const);
  const write = (): ControlWrite => ({
    kind: random.pick(["d", "p"] as const),
    id: random.pick(["a", "b"]),
    expected: random.pick([undefined, "*", "*", "+", "1", "2"]),
    record: random.pick([undefined, "=", "1", "2", "3"]),
  });
  return {
    writeControl: (cluster) => {
      const writes = Array.from({ length: random.int(1, 3) }, write);
      const under = random.chance(0.5) ? lease() : undefined;
      return (store) => store.writeControl(cluster, writes, under);
    },
    noteDecisions: (cluster, now) => {
      const under = random.chance(0.5) ? lease() : undefined;
      const daemon = random.pick(["a", "b"]);
      const decision = {
        at: now,
        type: "START",
        revision: 1,
        reason: `r${random.int(0, 99)}`,
      } as const;
      const decisions = [decision, { ...decision, reason: "second" }].slice(0, random.int(1, 2));
      return (store) => store.noteDecisions(cluster, daemon, decisions, under);
    },
    decisions: (cluster) => {
      const [daemon, limit] = [random.pick(["a", "b"]), random.int(0, 5)];
      return (store) => store.decisions(cluster, daemon, limit);
    },
    takeLease: (cluster) => {
      const [of, holder] = [purpose(), random.pick(holders)];
      return async (store) => {
        const taken = await store.takeLease(cluster, of, holder, leaseMs);
        if (taken.held && !leases.includes(taken.lease)) leases.push(taken.lease);
        return taken;
      };
    },
    releaseLease: (cluster) => {
      const [of, given] = [purpose(), lease()];
      return (store) => store.releaseLease(cluster, of, given);
    },
  };
}

function otherMakers(random: Random): Makers {
  const departure = (): Departure => ({
    ec2InstanceId: `i-${random.int(1, 3)}`,
    account: "111122223333",
    region: "eu-west-1",
    hook: random.chance(0.5) ? { group: "g", name: "h" } : undefined,
    at: 5,
  });
  const message = () => `m${random.int(1, 4)}`;
  const scope = { account: "111122223333", region: "eu-west-1" };
  return {
    noteDepartures: () => {
      const departures = [departure()];
      return (store) => store.noteDepartures(departures);
    },
    departures: () => async (store) => inAnyOrder(await store.departures()),
    forgetDepartures: () => {
      const departures = [departure()];
      return (store) => store.forgetDepartures(departures);
    },
    noteFreshness: (cluster, now) => {
      const some = <T>(value: T) => (random.chance(0.5) ? value : undefined);
      const facts = {
        lastEventAt: some(now - random.int(0, 9)),
        eventLagMs: some(random.int(1, 50)),
        eventLagP50Ms: some(random.int(1, 50)),
        lastReconciledAt: some(now),
        driftRepaired: some(random.int(0, 3)),
        reconcileProblem: random.chance(0.2) ? "no permission" : undefined,
      };
      return (store) => store.noteFreshness(cluster, facts);
    },
    freshness: (cluster) => (store) => store.freshness(cluster),
    history: (cluster) => (store) => store.history(cluster),
    noteQueue: (_cluster, now) => {
      const facts = { name: random.pick(["q", "r"]), visible: random.int(0, 9), inFlight: 1 };
      return (store) => store.noteQueue({ ...facts, delayed: 0, oldestMessageAgeMs: 3, at: now });
    },
    queues: () => async (store) => inAnyOrder(await store.queues()),
    noteWorker: (_cluster, now) => {
      const counts = { received: random.int(0, 9), applied: 1, unchanged: 1, clusterEvents: 0 };
      const rest = { rejected: 0, pollers: 1, stores: 1, storingMs: 2, ignored: { other: 1 } };
      const worker = { id: random.pick(["v", "w"]), queue: "q", startedAt: 1, reconcileMs: 5 };
      return (store) => store.noteWorker({ ...worker, ...counts, ...rest, at: now });
    },
    removeWorker: () => {
      const id = random.pick(["v", "w"]);
      return (store) => store.removeWorker(id);
    },
    workers: () => async (store) => inAnyOrder(await store.workers()),
    addEvents: (cluster, now) => {
      const event = { clusterArn: cluster, detailType: "ECS Service Action", resources: [] };
      const events = Array.from({ length: random.int(0, 3) }, () => {
        const at = now - random.int(0, 50);
        return { ...event, id: `e${at}`, at, reason: `r${random.int(0, 9)}` };
      });
      return (store) => store.addEvents(cluster, events);
    },
    events: (cluster) => {
      const limit = random.int(0, 9);
      return (store) => store.events(cluster, limit);
    },
    trimEvents: (cluster, now) => {
      const cutoff = now - random.int(0, 100_000);
      return (store) => store.trimEvents(cluster, cutoff);
    },
    quarantine: (_cluster, now) => {
      const body = random.chance(0.05) ? "x".repeat(700_000) : "?";
      const kept = { messageId: message(), reason: "not JSON", body, at: now + random.int(0, 9) };
      return (store) => store.quarantine(kept);
    },
    quarantined: () => {
      const limit = random.int(0, 5);
      return (store) => store.quarantined(limit);
    },
    quarantinedCount: () => (store) => store.quarantinedCount(),
    removeQuarantined: () => {
      const ids = [message(), message()];
      return (store) => store.removeQuarantined(ids);
    },
    askForReplay: () => {
      const ids = [message(), message()];
      return (store) => store.askForReplay(ids);
    },
    replaysAsked: () => async (store) => inAnyOrder(await store.replaysAsked(10)),
    takeTokens: () => {
      const [callClass, wanted] = [random.pick(callClasses), random.int(1, 5)];
      const rate = { burst: 20, perSecond: 4 };
      const request = { scope, callClass, rate, wanted, reserve: random.pick([0, 0.25]) };
      const waited = { waits: random.int(0, 1), waitedMs: random.int(1, 9) };
      return (store) => store.takeTokens({ ...request, ...waited });
    },
    noteThrottled: () => {
      const callClass = random.pick(callClasses);
      return (store) => store.noteThrottled(scope, callClass);
    },
    buckets: () => async (store) => inAnyOrder(await store.buckets()),
  };
}

const clusterMakers: Makers = {
  clusters: () => async (store) => inAnyOrder(await store.clusters()),
  addCluster: (cluster) => (store) => store.addCluster(cluster),
  removeCluster: (cluster) => (store) => store.removeCluster(cluster),
};

/** Rare and costly ones, by their share of all calls. */
const rare: Readonly<Record<string, number>> = { restart: 0.002, wipe: 0.004, emptied: 0.01 };

export interface Calls {
  /** Everything that {@link Calls.next} may ask for. */
  readonly methods: readonly string[];
  next(): Call;
  /** Reads all there is. */
  everything(): Call;
}

export function callsOf(random: Random, now: () => number): Calls {
  const makers: Makers = {
    ...entityMakers(random, now()),
    ...controlMakers(random),
    ...otherMakers(random),
    ...clusterMakers,
  };
  const methods = [...Object.keys(makers), ...Object.keys(rare)];
  return { methods, next: () => next(makers), everything: () => everything };

  function next(all: Makers): Call {
    const cluster = random.pick(clusters);
    let share = random.next();
    for (const [method, its] of Object.entries(rare)) {
      if (share < its)
        return { method, what: `${method} ${cluster}`, run: rareRun(method, cluster) };
      share -= its;
    }
    const often = random.chance(0.4);
    const method = often
      ? random.pick(["apply", "apply", "remove", "writeControl", "takeLease"])
      : random.pick(Object.keys(all));
    const made = all[method];
    if (!made) throw new Error(`no call ${method}`);
    return { method, what: `${method} ${cluster}`, run: made(cluster, now()) };
  }
}

function rareRun(method: string, cluster: string): Call["run"] {
  if (method === "restart") return (_store, server) => server.restart();
  if (method === "wipe") return (_store, server) => server.wipe();
  return async (store) => {
    for (const kind of ["i", "t"] as const) {
      const ids = [...(await store.known(cluster, kind)).versions.keys()].toSorted();
      await store.remove(
        cluster,
        ids.map((id) => ({ kind, id, version: "" })),
        0,
      );
    }
    const daemons = [...(await store.records(cluster, "d")).keys()].toSorted();
    await store.writeControl(
      cluster,
      daemons.map((id) => ({ kind: "d", id, expected: "*", record: undefined })),
    );
    return store.removeCluster(cluster);
  };
}

const everything: Call = {
  method: "everything",
  what: "everything",
  run: async (store) => {
    const all = [];
    for (const cluster of clusters)
      all.push(
        await store.snapshot(cluster),
        await store.read(cluster, 0, 100_000),
        await store.freshness(cluster),
        await store.history(cluster),
        await store.events(cluster, 1000),
      );
    return all;
  },
};
