// What the dashboard costs a browser's main thread, and how much it holds: 5,000 container instances as tiles while 300
// changes a second come in through the real log and API, and a list of 100,000 tasks that is scrolled. The floor is an
// empty canvas that is cleared in each frame, in the same browser.
import type { Browser, CDPSession, Page } from "playwright-core";
import { systemClock } from "../src/clock.ts";
import { systemRandom } from "../src/random.ts";
import { observeContainerInstance, observeTask } from "../src/store/record.ts";
import type { Observation } from "../src/store/record.ts";
import { openRedisStore } from "../src/store/redis-store.ts";
import type { StateStore } from "../src/store/store.ts";
import { anInstance, aTask, testCluster } from "../src/testing/entities.ts";
import { until } from "../src/testing/longshore.ts";
import { openBrowser } from "../src/testing/pages.ts";
import { testRedis } from "../src/testing/redis.ts";
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

async function metric(session: CDPSession, name: string): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  const found = metrics.find((each) => each.name === name);
  if (!found) throw new Error(`the browser tells no ${name}`);
  return found.value;
}

const frames = async (page: Page): Promise<number> => Number(await page.evaluate("window.frames"));

/** What the main thread does in a while, by frame. */
async function watch(what: string, page: Page, session: CDPSession): Promise<Measured> {
  const [busyBefore, framesBefore] = [await metric(session, "TaskDuration"), await frames(page)];
  const beganAt = performance.now();
  await systemClock.sleep(seconds * 1000);
  const passed = (performance.now() - beganAt) / 1000;
  const shown = (await frames(page)) - framesBefore;
  const busy = (await metric(session, "TaskDuration")) - busyBefore;
  await session.send("HeapProfiler.collectGarbage");
  const heapMb = (await metric(session, "JSHeapUsedSize")) / 1e6;
  const msPerFrame = (busy * 1000) / Math.max(1, shown);
  return { what, msPerFrame, figures: { framesPerSecond: shown / passed, msPerFrame, heapMb } };
}

async function open(browser: Browser): Promise<{ page: Page; session: CDPSession }> {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  return { page, session };
}

async function floor(browser: Browser): Promise<Measured> {
  const { page, session } = await open(browser);
  await page.setContent(`<canvas width="1400" height="900"></canvas>`);
  await page.evaluate(emptyLoop);
  const measured = await watch("floor: an empty canvas, cleared in each frame", page, session);
  await page.close();
  return measured;
}

async function fleet(browser: Browser, url: string, store: StateStore): Promise<Row[]> {
  const { page, session } = await open(browser);
  const beganAt = performance.now();
  await page.goto(url);
  const paintedMs = Number(
    await page.evaluate(
      `new Promise((resolve) => {
        const look = () => {
          const [entry] = performance.getEntriesByName("first-contentful-paint");
          if (entry) resolve(entry.startTime); else requestAnimationFrame(look);
        };
        look();
      })`,
    ),
  );
  await page.locator(`.map[data-tiles="${instances}"]`).waitFor({ timeout: 60_000 });
  await page.locator(".load").waitFor({ state: "detached", timeout: 60_000 });
  const loadedMs = performance.now() - beganAt;
  await page.evaluate(countFrames);
  const rest = await watch("fleet of 5,000 instances, 20,000 tasks, at rest", page, session);
  const stop = keepChanging(store);
  const changing = await watch("the same with 300 changes a second", page, session);
  await stop();
  await page.close();
  return [
    { what: "opening it", figures: { firstPaintMs: paintedMs, wholeMs: loadedMs } },
    rest,
    changing,
  ];
}

async function list(browser: Browser, url: string, store: StateStore): Promise<Row[]> {
  const { page, session } = await open(browser);
  const beganAt = performance.now();
  await page.goto(`${url}#/tasks`);
  await page.locator(`table[aria-rowcount="${manyTasks + 1}"]`).waitFor({ timeout: 120_000 });
  const loadedMs = performance.now() - beganAt;
  await page.evaluate(countFrames);
  await page.evaluate(scrollOn);
  const still = await watch("list of 100,000 tasks, scrolled", page, session);
  const stop = keepChanging(store);
  const changing = await watch("the same with 300 changes a second", page, session);
  await stop();
  await page.close();
  return [{ what: "opening that list", figures: { wholeMs: loadedMs } }, still, changing];
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
  const browser = await openBrowser();
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
