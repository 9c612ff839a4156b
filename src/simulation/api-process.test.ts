// The api role over sockets in memory: what a client is told is what is in the store, and it hears how its socket ends.
import { expect, test, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { isObject } from "../ecs/json.ts";
import { createLog } from "../log.ts";
import { seededRandom, systemRandom } from "../random.ts";
import { observeContainerInstance, observeTask } from "../store/record.ts";
import { anInstance, aTask, testCluster } from "../testing/entities.ts";
import { AnswerLost, connectApiClient } from "./api-client.ts";
import type { GraphqlAnswer } from "./api-client.ts";
import { startSimulatedApi } from "./api-process.ts";
import { createModelStore } from "./model-store/model-store.ts";

const waiting = { timeout: 5000, interval: 2 };

/** Real time, in which nothing overtakes what is due before it. */
function orderedTime() {
  const due: { readonly at: number; readonly run: () => void }[] = [];
  const runDue = () => {
    const now = systemClock.monotonic();
    while (due[0] && due[0].at <= now) due.shift()?.run();
    // A timer may come a little early.
    if (due[0]) systemClock.after(1, runDue);
  };
  return {
    get now() {
      return systemClock.monotonic();
    },
    at: (at: number, run: () => void) => {
      const before = due.findLastIndex((each) => each.at <= at);
      due.splice(before + 1, 0, { at, run });
      systemClock.after(at - systemClock.monotonic(), runDue);
    },
  };
}

async function startWorld() {
  const model = createModelStore({ now: systemClock.now, random: systemRandom });
  const open = (name: string) => model.open({ name, clock: systemClock, random: systemRandom });
  const time = orderedTime();
  const store = open("test");
  const observe = (id: string, version: string) =>
    store.apply(testCluster, [
      observeTask(aTask(id, "a", { version }), "event", systemClock.now()),
    ]);
  await store.apply(testCluster, [observeContainerInstance(anInstance("a"), "event")]);
  await observe("1", "1");
  const api = startSimulatedApi({
    time,
    random: seededRandom(1),
    log: createLog("test", "silent"),
    openStore: () => open("api-1"),
    process: {
      name: "api-1",
      clock: systemClock,
      state: "running",
      arrive: (at, _kind, run) => time.at(at, run),
    },
  });
  await api.informer.loaded;
  return { api, store, observe };
}

const changes = `subscription ($snapshot: Boolean, $after: String) {
  taskChanges(snapshot: $snapshot, after: $after) { type cursor task { arn version tags { key value } stoppedReason } }
}`;

test("queries, mutations and subscriptions run as in production", async () => {
  const { api, observe } = await startWorld();
  const client = connectApiClient(api);
  const listed = await client.execute("{ tasks { totalCount changeCursor } }");
  expect(listed).toMatchObject({ data: { tasks: { totalCount: 1 } }, errors: [] });
  const registered = await client.execute(
    `mutation ($input: RegisterDaemonInput!) { registerDaemon(input: $input) { daemon { name } } }`,
    { input: { cluster: "quay", name: "lamp", taskDefinition: "lamp:1" } },
  );
  expect(registered).toEqual({
    data: { registerDaemon: { daemon: { name: "lamp" } } },
    errors: [],
  });
  const again = await client.execute(
    `mutation { pauseDaemon(input: { cluster: "quay", name: "no" }) { daemon { name } } }`,
  );
  expect(again.errors[0]?.code).toBe("NOT_FOUND");
  const heard: GraphqlAnswer[] = [];
  const end = client.subscribe(
    changes,
    { snapshot: true },
    { onNext: (answer) => heard.push(answer), onError: () => {}, onComplete: () => {} },
  );
  const types = () => heard.map(({ data }) => data?.["taskChanges"]);
  await vi.waitFor(
    () => expect(types()).toMatchObject([{ type: "ADDED" }, { type: "SYNCED" }]),
    waiting,
  );
  await observe("1", "2");
  await vi.waitFor(
    () => expect(types().at(-1)).toMatchObject({ type: "MODIFIED", task: { version: "2" } }),
    waiting,
  );
  expect(api.size).toEqual({ subscriptions: 1, sockets: 1, clients: 1 });
  end();
  await vi.waitFor(() => expect(api.size.subscriptions).toBe(0), waiting);
  client.close();
  await vi.waitFor(() => expect(api.size.sockets).toBe(0), waiting);
  await api.stop();
});

test("a client that does not read is closed with 4008 and can go on from its cursor", async () => {
  const { api, observe } = await startWorld();
  const closed = vi.fn<(code: number, reason: string) => void>();
  const cursors: string[] = [];
  const versions: string[] = [];
  const listener = {
    onNext: ({ data }: GraphqlAnswer) => {
      const change: unknown = data?.["taskChanges"];
      if (!isObject(change)) return;
      cursors.push(String(change["cursor"]));
      if (isObject(change["task"])) versions.push(String(change["task"]["version"]));
    },
    onError: () => {},
    onComplete: () => {},
  };
  const client = connectApiClient(api, closed);
  client.subscribe(changes, { snapshot: true }, listener);
  await vi.waitFor(() => expect(cursors).toHaveLength(2), waiting);
  client.stall(true);
  const last = 600;
  for (let version = 2; version <= last; version++) await observe("1", String(version));
  await vi.waitFor(() => expect(api.size.subscriptions).toBe(0), waiting);
  client.stall(false);
  await vi.waitFor(() => expect(closed).toHaveBeenCalledWith(4008, expect.any(String)), waiting);
  const other = connectApiClient(api);
  other.subscribe(changes, { after: cursors.at(-1) }, listener);
  await vi.waitFor(() => expect(versions.at(-1)).toBe(String(last)), waiting);
  // Nothing twice, nothing left out.
  expect(versions).toEqual(Array.from({ length: last }, (_, at) => String(at + 1)));
  await api.stop();
});

test("a snapshot that is longer than what may wait is sent as it is read", async () => {
  const { api, store } = await startWorld();
  const count = 3000;
  const tasks = Array.from({ length: count }, (_, at) => aTask(String(at), "a"));
  await store.apply(
    testCluster,
    tasks.map((task) => observeTask(task, "event", systemClock.now())),
  );
  await vi.waitFor(
    () => expect(api.informer.views.get(testCluster)?.tasks.size).toBe(count),
    waiting,
  );
  const closed = vi.fn<(code: number, reason: string) => void>();
  const types: unknown[] = [];
  connectApiClient(api, closed).subscribe(
    changes,
    { snapshot: true },
    {
      onNext: ({ data }) => {
        const change: unknown = data?.["taskChanges"];
        if (isObject(change)) types.push(change["type"]);
      },
      onError: () => {},
      onComplete: () => {},
    },
  );
  await vi.waitFor(
    () => expect(closed.mock.calls.length + Number(types.at(-1) === "SYNCED")).toBe(1),
    { timeout: 20_000, interval: 5 },
  );
  expect(closed).not.toHaveBeenCalled();
  expect(types).toHaveLength(count + 1);
  await api.stop();
});

test("clients hear that it stops, and find out that it was killed", async () => {
  for (const [how, code] of [
    ["stop", 1001],
    ["killed", 1006],
  ] as const) {
    const { api } = await startWorld();
    const closed = vi.fn<(code: number, reason: string) => void>();
    const client = connectApiClient(api, closed);
    await client.execute("{ clusters { totalCount } }");
    const lost = client.execute("{ clusters { totalCount } }");
    const outcome = lost.catch((error: unknown) => error);
    await api[how]();
    await vi.waitFor(() => expect(closed).toHaveBeenCalledWith(code, expect.any(String)), waiting);
    expect(await outcome).toBeInstanceOf(AnswerLost);
  }
});
