// Two replicas of the API as processes of their own, one of them killed again and again: whoever resumes at the other
// with the last cursor is told exactly what the log says, with no gap and no repeat.
import { createClient } from "graphql-ws";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { cursorKey, decodeCursor } from "../src/changes/cursor.ts";
import { systemClock } from "../src/clock.ts";
import { isObject } from "../src/ecs/json.ts";
import { seededRandom } from "../src/random.ts";
import { observeTask } from "../src/store/record.ts";
import type { StateStore } from "../src/store/store.ts";
import { aTask, testCluster } from "../src/testing/entities.ts";
import { until } from "../src/testing/longshore.ts";
import { startReplicated } from "../src/testing/replica.ts";
import type { Replicated } from "../src/testing/replica.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`resume.test.ts seed ${seed} (FUZZ_SEED)`);
const random = seededRandom(seed);

let replicated: Replicated;

beforeAll(async () => {
  replicated = await startReplicated(put);
}, 60_000);
afterAll(() => replicated?.close());

/** The status that each change brought, in the order of the log: change number n stands at n. */
const history: { readonly id: string; readonly lastStatus: string }[] = [];
async function put(store: StateStore): Promise<void> {
  const change = {
    id: `t${random.int(0, 6)}`,
    lastStatus: random.pick(["PENDING", "RUNNING", "RUNNING"]),
  };
  const { id, lastStatus } = change;
  const task = aTask(id, "a", { version: String(history.push(change)), lastStatus });
  await store.apply(testCluster, [observeTask(task, "event", systemClock.now())]);
}

interface Told {
  readonly type: string;
  readonly cursor: string;
  readonly version: string | undefined;
}

const document = `subscription ($after: String, $snapshot: Boolean) {
  taskChanges(filter: { lastStatus: [RUNNING] }, after: $after, snapshot: $snapshot) { type cursor task { id version } }
}`;

/** Follows at one replica until `signal` aborts or the connection ends; resolves with how many items came. */
async function follow(url: string, told: Told[], signal: AbortSignal): Promise<void> {
  const client = createClient({
    url: `${url.replace("http", "ws")}graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  const after = told.at(-1)?.cursor;
  await new Promise<void>((resolve) => {
    const stop = client.subscribe(
      { query: document, variables: after === undefined ? { snapshot: true } : { after } },
      {
        next: ({ data }) => {
          const item = isObject(data) ? data["taskChanges"] : undefined;
          if (!isObject(item)) throw new Error(`no change: ${JSON.stringify(data)}`);
          const { type, cursor, task } = item;
          const its = isObject(task) ? String(task["version"]) : undefined;
          told.push({ type: String(type), cursor: String(cursor), version: its });
        },
        error: () => resolve(),
        complete: () => resolve(),
      },
    );
    signal.addEventListener("abort", () => stop(), { once: true });
    if (signal.aborted) stop();
  });
  await client.dispose();
}

/** What the changes behind a position are to somebody who sees only running tasks. */
function truth(after: number): string[] {
  const running = new Set<string>();
  return history.flatMap(({ id, lastStatus }, index) => {
    const was = running.has(id);
    const is = lastStatus === "RUNNING";
    if (is) running.add(id);
    else running.delete(id);
    const seq = index + 1;
    if (seq <= after || (!was && !is)) return [];
    return [`${is ? (was ? "MODIFIED" : "ADDED") : "REMOVED"} ${seq}`];
  });
}

test("resumes at the other replica after kill -9, again and again, exactly where it was", async () => {
  const { store, replicas } = replicated;
  const told: Told[] = [];
  const done = new AbortController();
  const writing = (async () => {
    while (!done.signal.aborted) {
      await put(store);
      await systemClock.sleep(random.int(0, 6));
    }
  })();
  let kills = 0;
  /** By replica: whether it is back. */
  const back = [Promise.resolve(), Promise.resolve()];
  for (let round = 0; round < 5; round++) {
    const at = round % 2 === 0 ? 0 : 1;
    const here = replicas[at];
    await back[at];
    const had = told.length;
    const following = follow(here.url, told, new AbortController().signal);
    const enough = had + random.int(20, 80);
    await until("some changes", () => (told.length >= enough ? true : undefined));
    await here.kill();
    kills++;
    await following;
    // The other takes over at once; this one comes back for the round after that.
    back[at] = here.start();
  }
  await Promise.all(back);
  done.abort();
  await writing;
  const end = new AbortController();
  const last = follow(replicas[0].url, told, end.signal);
  const lastVersion = truth(0).at(-1)?.split(" ")[1];
  expect((await store.read(testCluster, 0, 1)).seq).toBe(history.length);
  await until("the last change", () => (told.at(-1)?.version === lastVersion ? true : undefined));
  end.abort();
  await last;
  expect(kills).toBe(5);
  // What follows the snapshot's position is the log, word for word.
  const synced = told.findIndex(({ type }) => type === "SYNCED");
  const changes = told.slice(synced + 1).map((each) => `${each.type} ${each.version}`);
  const position = decodeCursor(told[synced]?.cursor ?? "");
  if (!(position instanceof Map)) throw new Error("SYNCED has no position");
  const whole = truth(position.get(cursorKey(testCluster))?.seq ?? 0);
  expect(changes.length).toBeGreaterThan(100);
  expect(changes).toEqual(whole);
}, 150_000);
