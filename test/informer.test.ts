// longshore/client's informer over two replicas of the API as processes of their own, of which one is killed again and
// again, and sometimes both while the log is cut off: whatever changes meanwhile, its cache equals a fresh list, and who
// only heard its events knows the same.
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLongshore } from "../src/client/index.ts";
import { systemClock } from "../src/clock.ts";
import { seededRandom } from "../src/random.ts";
import { observeTask } from "../src/store/record.ts";
import type { StateStore } from "../src/store/store.ts";
import { aTask, testCluster } from "../src/testing/entities.ts";
import { until } from "../src/testing/longshore.ts";
import { startReplicated } from "../src/testing/replica.ts";
import type { Replicated } from "../src/testing/replica.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`informer.test.ts seed ${seed} (FUZZ_SEED)`);
const random = seededRandom(seed);

let replicated: Replicated;

beforeAll(async () => {
  replicated = await startReplicated(async (empty) => {
    for (let each = 0; each < 30; each++) await put(empty);
  });
}, 60_000);
afterAll(() => replicated?.close());

let version = 0;
const ended = new Set<string>();
/** One change by chance: a task that comes, moves, changes or ends. */
async function put(store: StateStore): Promise<void> {
  const drawn = `t${random.int(0, 60)}`;
  // There is a change each time: without one, nothing is cut off with the log.
  const id = ended.has(drawn) ? `${drawn}-${version}` : drawn;
  const lastStatus = random.pick(["PENDING", "RUNNING", "RUNNING", "STOPPING", "STOPPED"]);
  if (lastStatus === "STOPPED") ended.add(id);
  const task = aTask(id, random.pick(["a", "b", "c"]), {
    version: String(++version),
    lastStatus,
    cpu: String(random.int(1, 4)),
  });
  await store.apply(testCluster, [observeTask(task, "event", systemClock.now())]);
}

const filter = { lastStatus: ["PENDING", "RUNNING"] };
const select = { version: true, cpu: true, lastStatus: true, containerInstanceArn: true } as const;

test("an informer's cache equals a fresh list, whichever replica is killed", async () => {
  const { store, replicas } = replicated;
  const longshore = createLongshore({ url: replicas.map(({ url }) => url) });
  const informer = longshore.informer({
    watch: "tasks",
    filter,
    select,
    maxWaiting: 5,
    indexes: { instance: ({ containerInstanceArn }) => containerInstanceArn },
  });
  /** What somebody knows who only hears events. */
  const heard = new Map<string, unknown>();
  const wrong: string[] = [];
  const counts = { synced: 0, lost: 0, events: 0 };
  const hear = async (what: string, arn: string, isThere: boolean, entity?: object) => {
    counts.events++;
    if (heard.has(arn) !== isThere) wrong.push(`${what} ${arn} of one that is ${isThere}`);
    if (entity) heard.set(arn, entity);
    else heard.delete(arn);
    // Some are slow: what comes meanwhile is more than may wait.
    if (random.chance(0.1)) await systemClock.sleep(random.int(1, 40));
  };
  informer.on("added", (task) => hear("added", task.arn, false, task));
  informer.on("modified", (task, before) => {
    if (JSON.stringify(heard.get(task.arn)) !== JSON.stringify(before))
      wrong.push(`modified ${task.arn} from something else than was told`);
    if (JSON.stringify(task) === JSON.stringify(before)) wrong.push(`${task.arn} is no different`);
    return hear("modified", task.arn, true, task);
  });
  informer.on("removed", (task) => hear("removed", task.arn, true));
  informer.on("synced", () => void counts.synced++);
  informer.on("connection", ({ state }) => void (state === "lost" && counts.lost++));
  await informer.whenSynced();

  for (let round = 0; round < 4; round++) {
    const cutsOff = round === 1 || round === 3;
    const victims = cutsOff ? replicas : replicas.slice(round % 2, (round % 2) + 1);
    for (let each = random.int(20, 40); each > 0; each--) await put(store);
    await Promise.all(victims.map((each) => each.kill()));
    for (let each = random.int(20, 40); each > 0; each--) await put(store);
    if (cutsOff) {
      const now = systemClock.now();
      await store.trim(testCluster, now + 60_000, now);
    }
    await Promise.all(victims.map((each) => each.start()));
    for (let each = random.int(5, 20); each > 0; each--) await put(store);
    await until(`the cache of round ${round}`, async () => {
      const listed = await longshore.list("tasks", { filter, select });
      const fresh = new Map(listed.map((task) => [task.arn, task]));
      expect(new Map(informer.list().map((task) => [task.arn, task]))).toEqual(fresh);
      expect(heard).toEqual(fresh);
      for (const { containerInstanceArn: at } of listed)
        expect(informer.byIndex("instance", at ?? "")).toHaveLength(
          listed.filter((task) => task.containerInstanceArn === at).length,
        );
      return true;
    });
  }
  expect(wrong).toEqual([]);
  // The rounds that cut the log off are the only ones after which a snapshot was needed. The end
  // of one is told last: behind a slow handler of its changes the cache is right before.
  await until("the last snapshot to be over", () => (counts.synced >= 3 ? true : undefined));
  expect(counts.synced).toBe(3);
  expect(counts.lost).toBeGreaterThan(1);
  expect(counts.events).toBeGreaterThan(100);
  await longshore.close();
}, 120_000);
