// What moves the status of a daemon moves those who follow it.
import { expect, test, vi } from "vitest";
import { openInformer } from "../../changes/informer.ts";
import { systemClock } from "../../clock.ts";
import { placementKey } from "../../daemon/placement.ts";
import type { Placement } from "../../daemon/placement.ts";
import { encodeDaemon, encodePlacement } from "../../daemon/record.ts";
import { createLog } from "../../log.ts";
import { systemRandom } from "../../random.ts";
import { createModelStore } from "../../simulation/model-store/model-store.ts";
import { observeContainerInstance } from "../../store/record.ts";
import { aDaemon, anInstance, testCluster } from "../../testing/entities.ts";
import { createFollowers } from "../../testing/follower.ts";

const waiting = { timeout: 10_000, interval: 5 };

test("followers of a daemon hear what became of a run, whichever it was on its instance", async () => {
  const model = createModelStore({ now: systemClock.now, random: systemRandom });
  const store = model.open({ name: "test", clock: systemClock, random: systemRandom });
  const daemon = aDaemon({ name: "volume", mode: "ONCE_JOINED" });
  const put = (kind: "d" | "p", id: string, record: string) =>
    store.writeControl(testCluster, [{ kind, id, expected: undefined, record }]);
  await store.apply(testCluster, [observeContainerInstance(anInstance("a"), "event")]);
  await store.noteFreshness(testCluster, { lastReconciledAt: systemClock.now() });
  await put("d", "volume", encodeDaemon(daemon));
  const informer = openInformer({ store, clock: systemClock, log: createLog("test", "silent") });
  const followers = createFollowers(informer, store, systemClock);
  await informer.loaded;
  const { items } = followers.follow(
    "subscription { daemonChanges(snapshot: true) { type cursor daemon { status { desired } } } }",
  );
  await vi.waitFor(() => expect(items).toHaveLength(2), waiting);
  const run: Placement = {
    kind: "placement",
    daemon: "volume",
    containerInstanceId: "a",
    generation: 1,
    launchId: "l",
    template: daemon.revisions.at(-1)?.template ?? "",
    state: "SUCCEEDED",
    attempts: 1,
    requestedAt: systemClock.now(),
  };
  await put("p", placementKey(run), encodePlacement(run));
  await vi.waitFor(() => expect(items).toHaveLength(3), waiting);
  expect(items.map(({ type, entity }) => [type, entity])).toEqual([
    ["ADDED", { status: { desired: 1 } }],
    ["SYNCED", undefined],
    ["MODIFIED", { status: { desired: 0 } }],
  ]);
  followers.close();
  await informer.close();
  await store.close();
});
