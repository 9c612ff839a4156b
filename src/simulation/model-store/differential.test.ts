// The same random calls on a real Redis, on a real Redis Cluster and on the model of a Redis, from a seed that is
// printed: the same answers to each, and the same log, records and history at the end.
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../clock.ts";
import { seededRandom } from "../../random.ts";
import { storeServers } from "../../testing/store-servers.ts";
import type { StoreServer } from "../../testing/store-servers.ts";
import type { StateStore } from "../../store/store.ts";
import { comparable } from "./test-comparable.ts";
import { callsOf } from "./test-calls.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`differential.test.ts seed ${seed} (FUZZ_SEED)`);

const rounds = 8;
const callsPerRound = 250;

/** One of them, with two processes that use it. */
interface Side {
  readonly name: string;
  readonly server: StoreServer;
  readonly stores: readonly StateStore[];
}

let now = 1_800_000_000_000;
/** Of the servers themselves: slow enough for no lease to end. */
let serverNow = now;
const sides: Side[] = [];

beforeAll(async () => {
  for (const [name, start] of storeServers) {
    const server = await start();
    const stores = [];
    for (const process of ["one", "two"]) {
      const clock = { ...systemClock, now: () => now };
      const random = seededRandom(`${seed} ${process}`);
      stores.push(await server.open({ name: process, clock, random, retentionMs: 600_000 }));
    }
    await server.setTime(serverNow);
    sides.push({ name, server, stores });
  }
});
afterAll(async () => {
  for (const { server } of sides) await server.stop();
});

test("Redis, a Redis Cluster and the model answer alike", { timeout: 120_000 }, async () => {
  const seen = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const random = seededRandom(`${seed} ${round}`);
    const calls = callsOf(random, () => now);
    const story: string[] = [];
    for (let step = 0; step < callsPerRound; step++) {
      if (random.chance(0.05)) now += random.int(1, 200_000);
      const isLater = random.chance(0.2);
      if (isLater) serverNow += random.int(1, 1500);
      const which = random.int(0, 1);
      const { what, method, run } = step < callsPerRound - 1 ? calls.next() : calls.everything();
      story.push(`${which} ${what}`);
      seen.add(method);
      const answers = [];
      for (const { server, stores } of sides) {
        const store = stores[which];
        if (!store) throw new Error("no store");
        if (isLater) await server.setTime(serverNow);
        answers.push(comparable(await run(store, server)));
      }
      for (const [at, answer] of answers.entries())
        expect(
          answer,
          `${story.join("\n")}\nround ${round}, seed ${seed}: ${sides[at]?.name}`,
        ).toEqual(answers[0]);
    }
  }
  // Everything that can be asked was.
  const { methods } = callsOf(seededRandom(seed), () => now);
  expect(methods.filter((method) => !seen.has(method))).toEqual([]);
});
