// Subscribers that resume while the cluster goes on: what happens while the log is read for them must not change what
// they are told of the time before.
import { afterEach, describe, expect, test, vi } from "vitest";
import { openInformer } from "../../changes/informer.ts";
import type { Informer } from "../../changes/informer.ts";
import { systemClock } from "../../clock.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { encodeDaemon } from "../../daemon/record.ts";
import type { ContainerInstance } from "../../ecs/container-instance.ts";
import type { Task } from "../../ecs/task.ts";
import { createLog } from "../../log.ts";
import { systemRandom } from "../../random.ts";
import { createModelStore } from "../../simulation/model-store/model-store.ts";
import { observeContainerInstance, observeTask } from "../../store/record.ts";
import type { StateStore } from "../../store/store.ts";
import { aDaemon, anInstance, aTask, testCluster } from "../../testing/entities.ts";
import { createFollowers } from "../../testing/follower.ts";
import type { Followed, Follower } from "../../testing/follower.ts";

const waiting = { timeout: 10_000, interval: 5 };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const web = { group: "service:web" };
const withWeb = `subscription ($after: String, $snapshot: Boolean) {
  containerInstanceChanges(filter: { expression: "task:group == service:web" }, after: $after, snapshot: $snapshot) {
    type cursor containerInstance { id }
  }
}`;
const daemons = `subscription ($after: String, $snapshot: Boolean) {
  daemonChanges(after: $after, snapshot: $snapshot) { type cursor daemon { status { desired } } }
}`;

async function startWorld() {
  const model = createModelStore({ now: systemClock.now, random: systemRandom });
  const open = (name: string) => model.open({ name, clock: systemClock, random: systemRandom });
  const store = open("writer");
  closing.push(() => store.close());
  let version = 0;
  const next = () => ({ version: String(++version) });
  const put = (id: string, rest: Partial<Task> = {}) =>
    store.apply(testCluster, [
      observeTask(aTask(id, "a", { ...next(), ...rest }), "event", systemClock.now()),
    ]);
  const putInstance = (rest: Partial<ContainerInstance> = {}) =>
    store.apply(testCluster, [
      observeContainerInstance(anInstance("a", { ...next(), ...rest }), "event"),
    ]);

  /** `read`: how it reads the log. */
  async function startReplica(read: StateStore["read"] = store.read) {
    const own: StateStore = { ...store, read };
    const informer = openInformer({
      store: own,
      clock: systemClock,
      log: createLog("test", "silent"),
    });
    const followers = createFollowers(informer, own, systemClock);
    closing.push(async () => {
      followers.close();
      await informer.close();
    });
    await informer.loaded;
    return { informer, ...followers };
  }

  /** Resumes at a replica that has to read the log for it, and does `meanwhile` before that has been read. */
  async function resumeWhile(
    document: string,
    after: string,
    meanwhile: (informer: Informer) => Promise<unknown>,
    isReadBefore = true,
  ): Promise<Follower> {
    const { seq: end } = await store.read(testCluster, 0, 1);
    const reading = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const { informer, follow } = await startReplica(async (cluster, position, count) => {
      if (position >= end) return store.read(cluster, position, count);
      reading.resolve();
      const page = isReadBefore ? await store.read(cluster, position, count) : undefined;
      await released.promise;
      return page ?? store.read(cluster, position, count);
    });
    const resumed = follow(document, { after });
    await reading.promise;
    await meanwhile(informer);
    const { seq } = await store.read(testCluster, 0, 1);
    await vi.waitFor(() => expect(informer.views.get(testCluster)?.seq).toBe(seq), waiting);
    released.resolve();
    await resumed.opened.catch(() => undefined);
    return resumed;
  }
  return { store, put, putInstance, startReplica, resumeWhile };
}

/** Waits for so many items; returns the cursor of the last. */
async function cursorOf({ items }: Follower, count: number): Promise<string> {
  await vi.waitFor(() => expect(items).toHaveLength(count), waiting);
  return items.at(-1)?.cursor ?? "";
}

const shown = (items: readonly Followed[]) =>
  items.map(({ type, entity }) => `${type} ${entity ? String(entity["id"]) : ""}`.trim());

describe("while the log is read for somebody who resumes", () => {
  for (const isReadBefore of [true, false]) {
    const when = isReadBefore ? "after" : "before";
    test(`a task that comes ${when} the last page hides no instance that came to match`, async () => {
      const world = await startWorld();
      await world.putInstance();
      const first = (await world.startReplica()).follow(withWeb, { snapshot: true });
      const after = await cursorOf(first, 1);
      await world.put("x", web);
      const resumed = await world.resumeWhile(
        withWeb,
        after,
        () => world.put("y", web),
        isReadBefore,
      );
      expect(shown(resumed.items)).toEqual(["ADDED a"]);
    });

    test(`a task that comes ${when} the last page hides no instance that ceased to match`, async () => {
      const world = await startWorld();
      await world.putInstance();
      await world.put("x", web);
      const first = (await world.startReplica()).follow(withWeb, { snapshot: true });
      const after = await cursorOf(first, 2);
      await world.put("x", { ...web, lastStatus: "STOPPED" });
      const resumed = await world.resumeWhile(
        withWeb,
        after,
        () => world.put("y", web),
        isReadBefore,
      );
      await cursorOf(resumed, 2);
      expect(shown(resumed.items)).toEqual(["REMOVED a", "ADDED a"]);
    });
  }

  test("an instance that goes has come first", async () => {
    const world = await startWorld();
    await world.putInstance();
    const first = (await world.startReplica()).follow(withWeb, { snapshot: true });
    const after = await cursorOf(first, 1);
    await world.put("x", web);
    const resumed = await world.resumeWhile(withWeb, after, () =>
      world.store.remove(testCluster, [{ kind: "i", id: "a", version: "" }], 0),
    );
    await cursorOf(resumed, 2);
    expect(shown(resumed.items)).toEqual(["ADDED a", "REMOVED a"]);
  });

  test("a view that has forgotten where it was then is waited for, and nothing is called expired", async () => {
    const world = await startWorld();
    await world.putInstance();
    const first = (await world.startReplica()).follow(withWeb, { snapshot: true });
    const after = await cursorOf(first, 1);
    await world.put("x", web);
    const resumed = await world.resumeWhile(withWeb, after, async ({ views }) => {
      const view = views.get(testCluster);
      await world.put("y", web);
      await vi.waitFor(() => expect(view?.tasks.has("y")).toBe(true), waiting);
      // As behind a restart of Redis.
      view?.forgetRecentBefore(view.seq);
    });
    expect(resumed.error()).toBeUndefined();
    expect(shown(resumed.items)).toEqual(["ADDED a"]);
  });

  test("a daemon that asks for no tasks any more hides nothing of when it did", async () => {
    const world = await startWorld();
    const { store } = world;
    await store.noteFreshness(testCluster, { lastReconciledAt: systemClock.now() });
    const write = (daemon: Daemon, before?: Daemon) =>
      store.writeControl(testCluster, [
        {
          kind: "d",
          id: daemon.name,
          expected: before && encodeDaemon(before),
          record: encodeDaemon(daemon),
        },
      ]);
    const selecting = (selector: string) => {
      const { revisions, ...rest } = aDaemon({ name: "shipper" });
      return { ...rest, revisions: revisions.map((each) => ({ ...each, selector })) };
    };
    const byTasks = selecting("task:group == service:web");
    await write(byTasks);
    await world.putInstance();
    const first = (await world.startReplica()).follow(daemons, { snapshot: true });
    const after = await cursorOf(first, 2);
    await world.put("x", web);
    await cursorOf(first, 3);
    const desired = ({ items }: Follower) => items.map(({ entity }) => entity?.["status"]);
    expect(desired(first)).toEqual([{ desired: 0 }, undefined, { desired: 1 }]);
    const resumed = await world.resumeWhile(daemons, after, () =>
      write(selecting("agentConnected == true"), byTasks),
    );
    expect(desired(resumed)).toEqual([{ desired: 1 }]);
  });
});
