// What moves the status of a daemon moves those who follow it, be it a change or time alone.
import { afterEach, expect, test, vi } from "vitest";
import { openInformer } from "../../changes/informer.ts";
import { systemClock } from "../../clock.ts";
import type { Clock } from "../../clock.ts";
import { placementKey } from "../../daemon/placement.ts";
import type { Placement } from "../../daemon/placement.ts";
import { encodeDaemon, encodePlacement } from "../../daemon/record.ts";
import { createLog } from "../../log.ts";
import { systemRandom } from "../../random.ts";
import { createModelStore } from "../../simulation/model-store/model-store.ts";
import { observeContainerInstance } from "../../store/record.ts";
import { aDaemon, anInstance, testCluster } from "../../testing/entities.ts";
import { createFollowers } from "../../testing/follower.ts";
import type { Follower } from "../../testing/follower.ts";

const waiting = { timeout: 10_000, interval: 5 };

/** How far the replicas' clock is ahead, ms. */
let aheadMs = 0;
const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  aheadMs = 0;
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A cluster of one instance, and a way to write what the scheduler would. */
async function startWorld() {
  const model = createModelStore({ now: systemClock.now, random: systemRandom });
  const store = model.open({ name: "test", clock: systemClock, random: systemRandom });
  closing.push(() => store.close());
  await store.apply(testCluster, [observeContainerInstance(anInstance("a"), "event")]);
  const put = (kind: "d" | "p", id: string, record: string) =>
    store.writeControl(testCluster, [{ kind, id, expected: undefined, record }]);
  const compared = () => store.noteFreshness(testCluster, { lastReconciledAt: systemClock.now() });
  return { store, put, compared };
}

async function startReplica(store: Awaited<ReturnType<typeof startWorld>>["store"]) {
  const informer = openInformer({ store, clock, log: createLog("test", "silent") });
  const followers = createFollowers(informer, store, clock);
  closing.push(async () => {
    followers.close();
    await informer.close();
  });
  await informer.loaded;
  return followers;
}

const begin =
  "subscription { daemonChanges(snapshot: true) { type cursor changed daemon { status { phase desired } } } }";
const resume =
  "subscription ($after: String) { daemonChanges(after: $after) { type cursor changed daemon { status { phase } } } }";

const told = ({ items }: Follower) =>
  items.map(({ type, entity }) => `${type} ${JSON.stringify(entity?.["status"] ?? "")}`);

async function take(follower: Follower, count: number) {
  await vi.waitFor(() => expect(follower.items).toHaveLength(count), waiting);
  return follower.items;
}

/** A start that nobody has seen. */
const unseen = (template: string | undefined): Placement => ({
  kind: "placement",
  daemon: "shipper",
  containerInstanceId: "a",
  generation: 0,
  launchId: "l",
  template: template ?? "",
  state: "STARTING",
  attempts: 1,
  requestedAt: systemClock.now(),
});

test("followers of a daemon hear what became of a run, whichever it was on its instance", async () => {
  const { store, put, compared } = await startWorld();
  const daemon = aDaemon({ name: "volume", mode: "ONCE_JOINED" });
  await compared();
  await put("d", "volume", encodeDaemon(daemon));
  const follower = (await startReplica(store)).follow(begin);
  await take(follower, 2);
  const run: Placement = {
    ...unseen(daemon.revisions.at(-1)?.template),
    daemon: "volume",
    generation: 1,
    state: "SUCCEEDED",
  };
  await put("p", placementKey(run), encodePlacement(run));
  await take(follower, 3);
  expect(told(follower)).toEqual([
    'ADDED {"phase":"ROLLING_OUT","desired":1}',
    'SYNCED ""',
    'MODIFIED {"phase":"ACTIVE","desired":0}',
  ]);
});

test("what becomes of a status by time alone is told once, at whatever replica its follower goes on", async () => {
  const { store, put, compared } = await startWorld();
  const daemon = aDaemon({ name: "shipper" });
  const start = unseen(daemon.revisions.at(-1)?.template);
  await compared();
  await put("d", "shipper", encodeDaemon(daemon));
  await put("p", placementKey(start), encodePlacement(start));
  const [one, two] = [await startReplica(store), await startReplica(store)];
  const first = one.follow(begin);
  const [, before] = await take(first, 2);
  aheadMs = 130_000;
  const [, , moved] = await take(first, 3);
  expect(told(first)).toEqual([
    'ADDED {"phase":"ROLLING_OUT","desired":1}',
    'SYNCED ""',
    'MODIFIED {"phase":"STUCK","desired":1}',
  ]);
  expect(moved?.changed).toContain("status.phase");
  expect(moved?.cursor).not.toBe(before?.cursor);
  for (const replica of [one, two]) {
    const missed = replica.follow(resume, { after: before?.cursor });
    const hasIt = replica.follow(resume, { after: moved?.cursor });
    await Promise.all([missed.opened, hasIt.opened]);
    expect(told(missed)).toEqual(['MODIFIED {"phase":"STUCK"}']);
    expect(told(hasIt)).toEqual([]);
    // Its cursor is as good as the one of the message that it missed.
    const again = replica.follow(resume, { after: missed.items[0]?.cursor });
    await again.opened;
    expect(told(again)).toEqual([]);
  }
});

test("daemons that wait for the first comparison are told of when it is made, also to who resumes from before", async () => {
  const { store, put, compared } = await startWorld();
  await put("d", "shipper", encodeDaemon(aDaemon({ name: "shipper", paused: true })));
  await put("d", "volume", encodeDaemon(aDaemon({ name: "volume", mode: "ONCE_LEAVING" })));
  const [one, two] = [await startReplica(store), await startReplica(store)];
  const first = one.follow(begin);
  const items = await take(first, 3);
  await compared();
  await take(first, 4);
  expect(told(first)).toEqual([
    'ADDED {"phase":"PAUSED","desired":1}',
    'ADDED {"phase":"ROLLING_OUT","desired":0}',
    'SYNCED ""',
    'MODIFIED {"phase":"ACTIVE","desired":0}',
  ]);
  const resumed = two.follow(resume, { after: items[2]?.cursor });
  await resumed.opened;
  await vi.waitFor(() => expect(told(resumed)).toContain('MODIFIED {"phase":"ACTIVE"}'), waiting);
});
