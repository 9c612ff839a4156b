// What the dashboard costs a browser's main thread, and how much it holds: 5,000 container instances as tiles while 300
// changes a second come in through the real log and API, and a list of 100,000 tasks that is scrolled. The floor is an
// empty canvas that is cleared in each frame, in the same browser.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { systemClock } from "../src/clock.ts";
import { systemRandom } from "../src/random.ts";
import { observeContainerInstance, observeTask } from "../src/store/record.ts";
import type { Observation } from "../src/store/record.ts";
import { openRedisStore } from "../src/store/redis-store.ts";
import type { StateStore } from "../src/store/store.ts";
import { anInstance, aTask, testCluster } from "../src/testing/entities.ts";
import { until } from "../src/testing/longshore.ts";
import { testRedis } from "../src/testing/redis.ts";
import { startBrowser } from "./dashboard/browser.ts";
import type { BareBrowser, Tab } from "./dashboard/browser.ts";
import { startApiProcess } from "./fanout/processes.ts";
import type { Row } from "./main.ts";

const instances = 5000;
const fewTasks = 20_000;
const manyTasks = 100_000;
const perSecond = 300;
const seconds = 12;
const batch = 200;
const zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] as const;

const instanceOf = (index: number, version: number) =>
  anInstance(`c${index}`, {
    version: String(version),
    ec2InstanceId: `i-${index.toString(16).padStart(17, "0")}`,
    registeredResources: [{ name: "CPU", type: "INTEGER", value: 4096 }],
    remainingResources: [{ name: "CPU", type: "INTEGER", value: (version * 37 + index) % 4096 }],
    attributes: [{ name: "ecs.availability-zone", value: zones[index % zones.length] ?? "" }],
  });

const taskOf = (index: number, version: number) =>
  aTask(`t${index.toString(16).padStart(31, "0")}`, `c${index % instances}`, {
    version: String(version),
    group: `service:s${index % 40}`,
    lastStatus: version % 2 === 1 ? "RUNNING" : "PENDING",
    createdAt: 1_700_000_000_000 + index * 1000,
    startedAt: 1_700_000_002_000 + index * 1000,
  });

async function fill(store: StateStore, from: number, until: number): Promise<void> {
  const seen: Observation[] = [];
  for (let index = from; index < until; index++)
    seen.push(observeTask(taskOf(index, 1), "event", 0));
  for (let at = 0; at < seen.length; at += batch)
    await store.apply(testCluster, seen.slice(at, at + batch));
}

/** Changes at a steady pace, a tenth of them of container instances, until it is stopped. */
function keepChanging(store: StateStore): () => Promise<void> {
  let isOver = false;
  let number = 0;
  const run = async () => {
    const beganAt = performance.now();
    while (!isOver) {
      const due = Math.floor(((performance.now() - beganAt) / 1000) * perSecond);
      const seen: Observation[] = [];
      for (; number < due; number++) {
        const version = 2 + Math.floor(number / 4000);
        const index = (number * 7919) % (number % 10 === 0 ? instances : fewTasks);
        seen.push(
          number % 10 === 0
            ? observeContainerInstance(instanceOf(index, 1000 + number), "event")
            : observeTask(taskOf(index, version), "event", systemClock.now()),
        );
      }
      if (seen.length > 0) await store.apply(testCluster, seen);
      await systemClock.sleep(5);
    }
  };
  const running = run();
  return async () => {
    isOver = true;
    await running;
  };
}

/** Counts frames in the page, which asks for one after the other, as an animation does. */
const countFrames = `(() => {
  window.frames = 0;
  const next = () => { window.frames++; requestAnimationFrame(next); };
  requestAnimationFrame(next);
})()`;

const emptyLoop = `(() => {
  const canvas = document.querySelector("canvas");
  const context = canvas.getContext("2d");
  window.frames = 0;
  const next = () => {
    window.frames++;
    context.clearRect(0, 0, canvas.width, canvas.height);
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})()`;

/** A wheel that turns by itself: a hundred pixels in each frame. */
const scrollOn = `(() => {
  const place = document.querySelector(".rows");
  const next = () => {
    place.scrollTop = (place.scrollTop + 100) % (place.scrollHeight - place.clientHeight);
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})()`;

interface Measured extends Row {
  readonly msPerFrame: number;
}

/** What the main thread does in a while, by frame. */
async function watch(what: string, tab: Tab): Promise<Measured> {
  const frames = async () => Number(await tab.evaluate("window.frames"));
  const [busyBefore, framesBefore] = [await tab.metric("TaskDuration"), await frames()];
  const beganAt = performance.now();
  await systemClock.sleep(seconds * 1000);
  const passed = (performance.now() - beganAt) / 1000;
  const shown = (await frames()) - framesBefore;
  const busy = (await tab.metric("TaskDuration")) - busyBefore;
  await tab.collectGarbage();
  const heapMb = (await tab.metric("JSHeapUsedSize")) / 1e6;
  const msPerFrame = (busy * 1000) / Math.max(1, shown);
  return { what, msPerFrame, figures: { framesPerSecond: shown / passed, msPerFrame, heapMb } };
}

/** Waits until the main thread has done what loading left it to do; not for ever, on a machine that is never quiet. */
async function settled(tab: Tab): Promise<void> {
  const looks = 40;
  const eachMs = 500;
  for (let look = 0; look < looks; look++) {
    const before = await tab.metric("TaskDuration");
    await systemClock.sleep(eachMs);
    if (((await tab.metric("TaskDuration")) - before) * 1000 < eachMs / 4) return;
  }
}

async function floor(browser: BareBrowser): Promise<Measured> {
  const page = `<body><canvas width="1400" height="900"></canvas>`;
  const tab = await browser.open(`data:text/html,${encodeURIComponent(page)}`);
  await until("the canvas", async () =>
    (await tab.evaluate(hasCanvas)) === true ? true : undefined,
  );
  await tab.evaluate(emptyLoop);
  const measured = await watch("floor: an empty canvas, cleared in each frame", tab);
  await tab.close();
  return measured;
}

const hasCanvas = `document.querySelector("canvas") !== null`;
const firstPaint = `performance.getEntriesByName("first-contentful-paint")[0]?.startTime`;

const holds = (tab: Tab, expression: string) => async () =>
  (await tab.evaluate(expression)) === true ? true : undefined;

async function fleet(browser: BareBrowser, url: string, store: StateStore): Promise<Row[]> {
  const beganAt = performance.now();
  const tab = await browser.open(url);
  const whole = `document.querySelector('.map[data-tiles="${instances}"]') !== null && document.querySelector(".load") === null`;
  await until("the whole fleet", holds(tab, whole), 120_000);
  const wholeMs = performance.now() - beganAt;
  const firstPaintMs = Number(await tab.evaluate(firstPaint));
  await settled(tab);
  await tab.evaluate(countFrames);
  const rest = await watch("fleet of 5,000 instances, 20,000 tasks, at rest", tab);
  const stop = keepChanging(store);
  const changing = await watch("fleet with 300 changes a second", tab);
  await stop();
  await tab.close();
  return [{ what: "opening it", figures: { firstPaintMs, wholeMs } }, rest, changing];
}

async function list(browser: BareBrowser, url: string, store: StateStore): Promise<Row[]> {
  const beganAt = performance.now();
  const tab = await browser.open(`${url}#/tasks`);
  const whole = `document.querySelector('table[aria-rowcount="${manyTasks + 1}"]') !== null`;
  await until("the whole list", holds(tab, whole), 180_000);
  const wholeMs = performance.now() - beganAt;
  await settled(tab);
  await tab.evaluate(countFrames);
  await tab.evaluate(scrollOn);
  const still = await watch("list of 100,000 tasks, scrolled", tab);
  const stop = keepChanging(store);
  const changing = await watch("list with 300 changes a second, scrolled", tab);
  await stop();
  await tab.close();
  return [{ what: "opening that list", figures: { wholeMs } }, still, changing];
}

export async function dashboard(): Promise<Row[]> {
  const redis = await testRedis();
  const store = openRedisStore({
    url: redis.url,
    name: "bench",
    clock: systemClock,
    random: systemRandom,
  });
  await until("Redis", () => store.ping().then(() => true));
  for (let at = 0; at < instances; at += batch)
    await store.apply(
      testCluster,
      Array.from({ length: batch }, (_, index) =>
        observeContainerInstance(instanceOf(at + index, 1), "event"),
      ),
    );
  await fill(store, 0, fewTasks);
  const server = await startApiProcess(redis.url);
  const build = fileURLToPath(new URL("../scripts/build-web.mjs", import.meta.url));
  await promisify(execFile)(process.execPath, [build]);
  const browser = await startBrowser();
  const url = `http://127.0.0.1:${server.port}/`;
  try {
    const empty = await floor(browser);
    const tiles = await fleet(browser, url, store);
    await fill(store, fewTasks, manyTasks);
    const tasks = await list(browser, url, store);
    const ratios = [...tiles, ...tasks].flatMap((row): Row[] => {
      const msPerFrame = row.figures["msPerFrame"];
      return msPerFrame === undefined
        ? []
        : [{ what: `${row.what} / floor`, figures: { ratio: msPerFrame / empty.msPerFrame } }];
    });
    return [empty, ...tiles, ...tasks, ...ratios];
  } finally {
    await browser.close();
    await server.stop();
    await store.close();
    await redis.stop();
  }
}
