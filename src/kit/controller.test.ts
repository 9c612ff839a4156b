// The controller on an informer of this test's own: when it works on which key, and how often.
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { seededRandom } from "../random.ts";
import { Deposed } from "../scheduler/protocol.ts";
import { until } from "../testing/longshore.ts";
import { controller, pauseMs, watching } from "./controller.ts";
import type { Controller, ControllerOptions } from "./controller.ts";
import type { Lease } from "./lease.ts";

interface Thing {
  readonly key: string;
  readonly value: number;
}

function fakeInformer(...there: Thing[]) {
  const handlers = new Map<string, (...given: Thing[]) => void>();
  let sync = () => {};
  const synced = new Promise<void>((resolve) => (sync = resolve));
  return {
    there,
    sync,
    tell: (event: string, ...given: Thing[]) => handlers.get(event)?.(...given),
    on: (event: string, handler: (...given: never[]) => void) => {
      handlers.set(event, handler as (...given: Thing[]) => void);
      return () => handlers.delete(event);
    },
    whenSynced: () => synced,
    list: (): readonly Thing[] => there,
  };
}

const kit = { clock: systemClock, random: seededRandom(1), onClose: () => {} };
const running: Controller[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
});

function start(options: Partial<ControllerOptions> & Pick<ControllerOptions, "reconcile">) {
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const started = controller({ kit, watch: [], onError, ...options });
  running.push(started);
  return { ...started, errors };
}
const seen = (list: readonly string[], count: number) =>
  until(`${count} times`, () => (list.length >= count ? true : undefined));

test("works on nothing before everything is synced, then on every key once", async () => {
  const [one, two] = [fakeInformer({ key: "a", value: 1 }), fakeInformer()];
  const worked: string[] = [];
  const watch = [watching(one, ({ key }) => key), watching(two, ({ key }) => key)];
  const { add } = start({ watch, keys: ["b"], reconcile: async (key) => void worked.push(key) });
  one.sync();
  add("a");
  two.tell("added", { key: "c", value: 1 });
  await systemClock.sleep(20);
  expect(worked).toEqual([]);
  two.sync();
  await seen(worked, 2);
  expect(worked.toSorted()).toEqual(["a", "b"]);
});

test("a key is worked on by one at a time, and once more when it changed meanwhile", async () => {
  const informer = fakeInformer({ key: "a", value: 1 });
  informer.sync();
  const worked: string[] = [];
  let underWay = 0;
  let goOn = () => {};
  const reconcile = async (key: string) => {
    expect(++underWay).toBe(1);
    worked.push(key);
    if (worked.length === 1) await new Promise<void>((resolve) => (goOn = resolve));
    underWay--;
  };
  start({ watch: [watching(informer, ({ key }) => key)], concurrency: 4, reconcile });
  await seen(worked, 1);
  const thing = { key: "a", value: 2 };
  for (let time = 0; time < 5; time++) informer.tell("modified", thing, thing);
  goOn();
  await seen(worked, 2);
  await systemClock.sleep(20);
  expect(worked).toEqual(["a", "a"]);
});

test("an entity that moves from one key to another adds both", async () => {
  const informer = fakeInformer();
  informer.sync();
  const worked: string[] = [];
  start({
    watch: [watching(informer, ({ key }) => key)],
    reconcile: async (key) => void worked.push(key),
  });
  await systemClock.sleep(5);
  informer.tell("modified", { key: "new", value: 1 }, { key: "old", value: 1 });
  await seen(worked, 2);
  expect(worked.toSorted()).toEqual(["new", "old"]);
});

test("what throws is told and tried again, and `again` calls again", async () => {
  const worked: string[] = [];
  const { errors } = start({
    keys: ["a"],
    backoff: { firstMs: 5 },
    reconcile: async (key) => {
      worked.push(key);
      if (worked.length < 3) throw new Error(`no ${worked.length}`);
      return worked.length < 5 ? { again: 5 } : undefined;
    },
  });
  await seen(worked, 5);
  expect(errors.map(String)).toEqual(["Error: no 1", "Error: no 2"]);
});

test("pauses grow to their limit, less up to half by chance", () => {
  const random = seededRandom(1);
  for (const [failures, longest] of [
    [1, 200],
    [2, 400],
    [5, 3200],
    [40, 60_000],
  ] as const) {
    const pause = pauseMs(failures, 200, 60_000, random);
    expect(pause).toBeLessThanOrEqual(longest);
    expect(pause).toBeGreaterThan(longest / 2);
  }
});

test("without the lease nothing is worked on; once it is taken everything is, whatever was missed", async () => {
  const listeners = new Set<() => void>();
  let held: string | undefined;
  let lost = 0;
  const lease: Lease = {
    held: () => held,
    whenHeld: () => Promise.resolve(),
    onTaken: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    lost: () => {
      lost++;
      held = undefined;
    },
    release: () => Promise.resolve(),
  };
  const worked: string[] = [];
  const { add, errors } = start({
    lease,
    keys: ["a", "b"],
    reconcile: async (key) => {
      worked.push(key);
      if (worked.length === 2) throw new Deposed("gone");
    },
  });
  add("a");
  await systemClock.sleep(20);
  expect(worked).toEqual([]);
  held = "me:1";
  for (const listener of listeners) listener();
  await until("its loss", () => (lost === 1 ? true : undefined));
  add("a");
  await systemClock.sleep(20);
  expect(worked).toEqual(["a", "b"]);
  held = "me:2";
  for (const listener of listeners) listener();
  await seen(worked, 4);
  expect(errors).toEqual([]);
});

test("closing waits for what is under way, tells it, and begins nothing more", async () => {
  const worked: string[] = [];
  let wasTold = false;
  const { close } = start({
    keys: ["a", "b"],
    reconcile: async (key, { signal }) => {
      worked.push(key);
      await systemClock.sleep(60_000, signal);
      await systemClock.sleep(5);
      wasTold = signal.aborted;
    },
  });
  await seen(worked, 1);
  await close();
  expect(wasTold).toBe(true);
  expect(worked).toEqual(["a"]);
});
