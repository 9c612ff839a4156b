// What the command line shows while the API cannot follow its store: what it knows, and that this may be of earlier.
import { expect, onTestFinished, test, vi } from "vitest";
import { openInformer } from "../changes/informer.ts";
import { systemClock } from "../clock.ts";
import { startApi } from "../graphql/server.ts";
import { createLog } from "../log.ts";
import { systemRandom } from "../random.ts";
import { observeTask } from "../store/record.ts";
import { openRedisStore } from "../store/redis-store.ts";
import { aTask, testCluster } from "../testing/entities.ts";
import { testRedis } from "../testing/redis.ts";
import { runCommandLine } from "./test-command.ts";

const log = createLog("test", "silent");

test("a list says that the API cannot follow its store, while it cannot", async () => {
  const redis = await testRedis();
  onTestFinished(() => redis.stop());
  const clock = systemClock;
  const store = openRedisStore({ url: redis.url, name: "test", clock, random: systemRandom });
  onTestFinished(() => store.close());
  const informer = openInformer({ store, clock, log });
  onTestFinished(() => informer.close());
  await informer.loaded;
  await store.apply(testCluster, [observeTask(aTask("1", "a"), "event", clock.now())]);
  const place = { host: "127.0.0.1", port: 0, pages: "/nowhere" };
  const tokens = { read: [], admin: [] };
  const api = await startApi({ ...place, tokens, informer, store, clock, log });
  onTestFinished(() => api.close());
  const list = () => runCommandLine(api.url, ["get", "tasks", "-o", "name"]);
  const well = { stdout: "1\n", stderr: "", code: 0 };
  const waiting = { timeout: 20_000, interval: 50 };

  await vi.waitFor(async () => expect(await list()).toMatchObject(well), waiting);
  await redis.kill9();
  await vi.waitFor(
    async () =>
      expect(await list()).toMatchObject({
        ...well,
        stderr: expect.stringMatching(
          /^longshore: this may be of an earlier time: the API at http:\S+ cannot follow its store \(.+\)\. longshore doctor tells more\.\n$/,
        ),
      }),
    waiting,
  );
  await redis.restart();
  await vi.waitFor(async () => expect(await list()).toMatchObject(well), waiting);
});
