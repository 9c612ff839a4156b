// What the store knows after any interleaving of events, descriptions, removals and reconciles: on real Redis and on the
// model of it, against an independent model of entities, from a seed that is printed. Then the same with bugs planted in
// the scripts: each must be seen.
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeRecord, resolvePages } from "../changes/change.ts";
import type { Clock } from "../clock.ts";
import { systemClock } from "../clock.ts";
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { storeServers } from "../testing/store-servers.ts";
import type { StoreServer } from "../testing/store-servers.ts";
import type { ContainerInstance } from "../ecs/container-instance.ts";
import type { Task } from "../ecs/task.ts";
import { scriptOf, scripts as shippedScripts } from "./scripts.ts";
import type { Scripts } from "./scripts.ts";
import type { LogPage, StateStore } from "./store.ts";
import { makeHistory, ModelEntity, observationOf } from "./test-model.ts";
import type { Said, Told } from "./test-model.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`history.test.ts seed ${seed} (FUZZ_SEED)`);

const runs = 40;
const stepsPerRun = 60;
const retentionMs = 600_000;
const banMs = 300_000;

const servers = new Map<string, StoreServer>();
let now = 1_800_000_000_000;
const clock: Clock = { ...systemClock, now: () => now };
let clusters = 0;

beforeAll(async () => {
  for (const [name, start] of storeServers) servers.set(name, await start());
});
afterAll(async () => {
  for (const server of servers.values()) await server.stop();
});

interface World {
  readonly random: Random;
  readonly store: StateStore;
  readonly cluster: string;
  readonly histories: ReadonlyMap<string, readonly Said[]>;
  readonly model: ReadonlyMap<string, ModelEntity>;
  /** How far ECS itself has come with each entity: descriptions show no more than this. */
  readonly progress: Map<string, number>;
  /** Every state that an entity came to, in order; undefined when it was removed. */
  readonly states: [name: string, entity: Task | ContainerInstance | undefined][];
  /** What happened, so that a run that did nothing is no success. */
  readonly seen: Map<string, number>;
  /** What tasks did, as the history counts it. */
  readonly did: { starts: number; stops: number; failures: number };
  extras: number;
}

function makeWorld(random: Random, store: StateStore): World {
  const cluster = `arn:aws:ecs:eu-west-1:111122223333:cluster/quay${++clusters}`;
  const names = ["t 1", "t 2", "t 3", "t 4", "i 1", "i 2", "i 3"];
  const histories = new Map(
    names.map((name) => {
      const kind = name.startsWith("t") ? "t" : "i";
      return [name, makeHistory(random, kind, name.slice(2), now)] as const;
    }),
  );
  return {
    random,
    store,
    cluster,
    histories,
    model: new Map(names.map((name) => [name, new ModelEntity()])),
    progress: new Map(names.map((name) => [name, 0])),
    states: [],
    seen: new Map(),
    did: { starts: 0, stops: 0, failures: 0 },
    extras: 0,
  };
}

function tell(world: World, name: string, by: Told["by"], said: Said | undefined): Told {
  const { random } = world;
  return {
    kind: name.startsWith("t") ? "t" : "i",
    id: name.slice(2),
    by,
    said,
    // Now and then the same again.
    extra: `x${random.chance(0.2) ? world.extras : ++world.extras}`,
    saidAt: random.chance(0.1) ? now - random.int(0, 2) * retentionMs : undefined,
  };
}

/** Something somebody says about a random entity: early, late, twice or out of order. */
function anything(world: World): Told {
  const { random, histories, progress } = world;
  const name = random.pick([...histories.keys()]);
  const history = histories.get(name) ?? [];
  const reached = progress.get(name) ?? 0;
  const act = random.next();
  if (act < 0.1 && name.startsWith("i")) return tell(world, name, "ec2", undefined);
  if (act < 0.35) {
    // Reads are eventually consistent: a description may be of an older version.
    const shown = Math.max(0, reached - (random.chance(0.3) ? random.int(1, 3) : 0));
    return tell(world, name, "describe", history[shown]);
  }
  if (act < 0.75 && reached + 1 < history.length) progress.set(name, reached + 1);
  const heard = random.chance(0.6) ? (progress.get(name) ?? 0) : random.int(0, history.length - 1);
  return tell(world, name, "event", history[heard]);
}

function count(world: World, what: string): void {
  world.seen.set(what, (world.seen.get(what) ?? 0) + 1);
}

/** A task that came to another status; what a first description tells of came to it some other time. */
function countMove(
  { did }: World,
  by: Told["by"],
  before: Task | ContainerInstance | undefined,
  after: Task | ContainerInstance | undefined,
): void {
  const was = before?.kind === "task" ? before.lastStatus : undefined;
  if (after?.kind !== "task" || after.lastStatus === was || (!before && by !== "event")) return;
  if (after.lastStatus === "RUNNING") did.starts++;
  if (after.lastStatus !== "STOPPED") return;
  did.stops++;
  if (after.stopCode === "TaskFailedToStart") did.failures++;
}

/** The history has as many tasks of each status as there are, and everything that they did. */
async function checkHistory({ store, cluster, model, did }: World): Promise<void> {
  await store.noteFreshness(cluster, {});
  const noted = await store.history(cluster);
  // Nothing was ever stored.
  if (noted.length === 0) return expect(did.starts + did.stops).toBe(0);
  const statuses = [...model.values()].flatMap(({ entity }) =>
    entity?.kind === "task" ? [entity.lastStatus] : [],
  );
  const having = (...these: string[]) => statuses.filter((each) => these.includes(each)).length;
  expect(noted.at(-1)).toMatchObject({
    pending: having("PROVISIONING", "PENDING", "ACTIVATING"),
    running: having("RUNNING"),
    stopping: having("DEACTIVATING"),
    stopped: having("STOPPED"),
  });
  const sum = (name: keyof typeof did) => noted.reduce((all, each) => all + each[name], 0);
  expect({ starts: sum("starts"), stops: sum("stops"), failures: sum("failures") }).toEqual(did);
}

async function apply(world: World, batch: readonly Told[]): Promise<void> {
  const { store, cluster, model, states } = world;
  const expected = batch.map((told) => {
    const name = `${told.kind} ${told.id}`;
    const before = model.get(name)?.entity;
    const result = model.get(name)?.hear(told, now, retentionMs);
    if (result === "applied") countMove(world, told.by, before, model.get(name)?.entity);
    if (result === "applied" || result === "merged") states.push([name, model.get(name)?.entity]);
    return result;
  });
  for (const result of expected) count(world, result ?? "");
  const results = await store.apply(
    cluster,
    batch.map((told) => observationOf(told, now)),
  );
  expect(results).toEqual(expected);
}

async function remove(world: World, name: string, version: string, until: number): Promise<void> {
  const { store, cluster, model } = world;
  const kind = name.startsWith("t") ? "t" : "i";
  const expected = model.get(name)?.remove(version, until) ?? false;
  count(world, expected ? "removed" : "kept");
  if (expected) world.states.push([name, undefined]);
  expect(await store.remove(cluster, [{ kind, id: name.slice(2), version }], until)).toBe(
    expected ? 1 : 0,
  );
}

/** What is known, then events, then descriptions of some and no trace of others, which are removed. */
async function reconcile(world: World): Promise<void> {
  const { random, store, cluster, model, histories, progress } = world;
  for (const kind of ["i", "t"] as const) {
    const known = await store.known(cluster, kind);
    const present = [...model].filter(([name, { present: it }]) => it && name.startsWith(kind));
    expect(Object.fromEntries(known.versions)).toEqual(
      Object.fromEntries(
        present.map(([name, each]) => [name.slice(2), String(each.present?.version)]),
      ),
    );
    expect([...known.ended].toSorted()).toEqual(
      present.flatMap(([name, each]) => (each.present?.ended ? [name.slice(2)] : [])).toSorted(),
    );
    if (random.chance(0.5)) await apply(world, [anything(world), anything(world)]);
    for (const [id, version] of known.versions) {
      const name = `${kind} ${id}`;
      if (random.chance(0.2)) await remove(world, name, version, now + banMs);
      else
        await apply(world, [
          tell(world, name, "describe", histories.get(name)?.[progress.get(name) ?? 0]),
        ]);
    }
  }
}

/** The store has what the model has, and the log tells how it came to it. */
async function check(world: World): Promise<void> {
  const { store, cluster, model } = world;
  const decoded: Record<string, unknown> = {};
  for (const kind of ["i", "t"] as const)
    for (const [id, record] of await store.records(cluster, kind))
      decoded[`${kind} ${id}`] = decodeRecord(kind, record, cluster);
  const expected = Object.fromEntries(
    [...model].flatMap(([name, { entity }]) =>
      entity ? [[name, { ...entity, clusterArn: cluster }]] : [],
    ),
  );
  expect(decoded).toEqual(expected);
  const pages: LogPage[] = [];
  for (let after = 0; ;) {
    const page = await store.read(cluster, after, 50);
    pages.push(page);
    after = page.entries.at(-1)?.seq ?? after;
    if (page.entries.length < 50) break;
  }
  const log = resolvePages(pages, pages[0]?.epoch ?? "", 0);
  if (log === "gap") throw new Error("the log has a gap");
  const told = log.changes.map(({ kind, id, after }) => [
    `${kind} ${id}`,
    decodeRecord(kind, after, cluster),
  ]);
  expect(told).toEqual(
    world.states.map(([name, entity]) => [name, entity && { ...entity, clusterArn: cluster }]),
  );
}

/** In the end every history is told in full, as by the last event and a reconcile: only what ended stays ended. */
async function heal(world: World): Promise<void> {
  now += retentionMs + banMs;
  for (const [name, history] of world.histories) {
    const last = history.findLast(({ ended }) => ended) ?? history.at(-1);
    await apply(world, [
      tell(world, name, "event", last),
      { ...tell(world, name, "describe", last), saidAt: undefined },
    ]);
    if (last === history.at(-1))
      expect(world.model.get(name)?.present?.version).toBe(last?.version);
  }
}

async function run(random: Random, store: StateStore): Promise<World> {
  const world = makeWorld(random, store);
  for (let step = 0; step < stepsPerRun; step++) {
    const act = random.next();
    if (act < 0.82)
      await apply(
        world,
        Array.from({ length: random.int(1, 6) }, () => anything(world)),
      );
    else if (act < 0.88) await reconcile(world);
    else if (act < 0.9) await checkHistory(world);
    else if (act < 0.94) {
      const name = random.pick([...world.model.keys()]);
      const version = String(world.model.get(name)?.present?.version ?? "");
      await remove(
        world,
        name,
        random.chance(0.8) ? version : "3",
        random.chance(0.5) ? now + banMs : 0,
      );
    } else now += random.int(1, banMs);
  }
  await check(world);
  await checkHistory(world);
  await heal(world);
  await check(world);
  await checkHistory(world);
  return world;
}

async function fuzz(
  on: string,
  times: number,
  scripts: Partial<Scripts> = {},
): Promise<Map<string, number>> {
  const options = { clock, random: seededRandom(seed), retentionMs };
  const planted = { scripts: { ...shippedScripts, ...scripts } };
  const isPlanted = Object.keys(scripts).length > 0;
  const store = await servers.get(on)?.open({ ...options, ...(isPlanted ? planted : {}) });
  if (!store) throw new Error(`no server: ${on}`);
  const seen = new Map<string, number>();
  for (let round = 0; round < times; round++) {
    const world = await run(seededRandom(`${seed} ${round}`), store);
    for (const [what, times_] of world.seen) seen.set(what, (seen.get(what) ?? 0) + times_);
  }
  return seen;
}

test.each(storeServers)("any interleaving leads to what the model says: %s", async (on) => {
  const seen = await fuzz(on, runs);
  // Everything that can happen did.
  const outcomes = ["applied", "merged", "duplicate", "stale", "tombstoned", "final", "missing"];
  for (const what of [...outcomes, "removed", "kept"]) expect(seen.get(what)).toBeGreaterThan(10);
});

const bugs: readonly [what: string, script: "apply" | "remove", from: string, to: string][] = [
  ["an older version is taken", "apply", "not newer(version, old[1])", "false"],
  ["versions are compared as numbers", "apply", "return a > b", "return tonumber(a) > tonumber(b)"],
  ["what has ended comes back", "apply", "elseif wasFinal and not final then", "elseif false then"],
  ["an end is not noted", "apply", "if ended then", "if false then"],
  ["a ban is ignored", "apply", "if ban and", "if false and"],
  ["a ban holds against ECS's own word", "apply", "(source == 'e' or final)", "true"],
  ["a ban never ends", "apply", "tonumber(ban) > tonumber(ARGV[2])", "true"],
  ["what is too old is believed", "apply", "tonumber(said) < tonumber(ARGV[5])", "false"],
  [
    "an event wipes what only the API knows",
    "apply",
    "keep(described, old[6]), keep(enriched, old[7])}\n      ended",
    "described, keep(enriched, old[7])}\n      ended",
  ],
  [
    "an event wipes the address",
    "apply",
    "keep(enriched, old[7])}\n      ended",
    "enriched}\n      ended",
  ],
  [
    "an event without attributes wipes them",
    "apply",
    "doc, keep(attributes, old[5])",
    "doc, attributes",
  ],
  [
    "the timeline forgets",
    "apply",
    "timelineOf(kind, old[2], status, saidSince)",
    "timelineOf(kind, '', status, saidSince)",
  ],
  [
    "the log leaves out what differed",
    "apply",
    "for i = 1, 7 do\n    if old[i] == new[i]",
    "for i = 1, 7 do\n    if old[i] == new[i] or i == 4",
  ],
  [
    "a change is not logged",
    "apply",
    "'at', ARGV[2], 'b', difference(old, new))",
    "'at', ARGV[2])",
  ],
  ["a duplicate is logged", "apply", "if after and after == before then", "if false then"],
  ["a newer version is removed", "remove", "(version == '' or", "(true or"],
  ["a removal leaves no ban", "remove", "if ARGV[5] ~= '0' then", "if false then"],
  [
    "a removal leaves the end noted",
    "remove",
    "redis.call('ZREM', KEYS[5], member)",
    "local _ = nil",
  ],
  ["a removed task is still counted", "remove", "if was then", "if false then"],
  ["a task counts in two statuses", "apply", "add(counted[lastOf(old[2])], -1)", "local _ = nil"],
  [
    "each word of a running task is a start",
    "apply",
    "and (not old or new[2] ~= old[2]) then",
    "then",
  ],
  ["what is found counts as begun", "apply", "if before or source == 'e' then", "if true then"],
  ["failures are not counted", "apply", "add('failures', 1)", "local _ = nil"],
];

test.each(bugs)("a planted bug is seen: %s", async (_what, name, from, to) => {
  const { source } = shippedScripts[name];
  expect(source.split(from)).toHaveLength(2);
  const planted = scriptOf(name, source.replace(from, to));
  await expect(fuzz("Redis", runs, { [name]: planted })).rejects.toThrow(/expected|gap/);
});
