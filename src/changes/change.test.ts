// The log only has what was before: whatever is read of it must tell the whole history, or say that it cannot.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { systemRandom } from "../random.ts";
import { openRedisStore } from "../store/redis-store.ts";
import type { LogEntry, LogPage, LogRestart, StateStore } from "../store/store.ts";
import { testCluster } from "../testing/entities.ts";
import { testRedis } from "../testing/redis.ts";
import type { TestRedis } from "../testing/redis.ts";
import { resolvePages } from "./change.ts";
import type { RecordChange } from "./change.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`change.test.ts seed ${seed} (FUZZ_SEED)`);

/** What one write does: a new record of an entity, or none for its removal. */
interface Step {
  readonly id: string;
  readonly record: string | undefined;
}

const history = fc.array(
  fc.record({
    id: fc.constantFrom("a", "b", "c", "d"),
    record: fc.option(fc.stringMatching(/^[a-z]{1,4}$/), { nil: undefined, freq: 4 }),
  }),
  { maxLength: 60 },
);

/** The log as the scripts write it, in memory: entries with what was before, and the present records. */
class ModelLog {
  readonly entries: (LogEntry | LogRestart)[] = [];
  readonly records = new Map<string, string>();
  /** What happened, written down as it happens: the truth that a reader must arrive at. */
  readonly truth: Omit<RecordChange, "at">[] = [];
  seq = 0;

  write({ id, record }: Step): void {
    const before = this.records.get(id);
    if (before === record) return;
    this.seq++;
    this.entries.push({ seq: this.seq, kind: "t", id, at: this.seq, before });
    this.truth.push({ seq: this.seq, kind: "t", id, before, after: record });
    if (record === undefined) this.records.delete(id);
    else this.records.set(id, record);
  }

  restart(): void {
    const previous = this.seq;
    this.seq += 1000;
    this.entries.push({ seq: this.seq, kind: "r", previous });
  }

  read(after: number, limit: number): LogPage {
    const entries = this.entries.filter(({ seq }) => seq > after).slice(0, limit);
    const present = new Map<string, string>();
    for (const entry of entries) {
      if (entry.kind === "r") continue;
      const record = this.records.get(entry.id);
      if (record !== undefined) present.set(`t ${entry.id}`, record);
    }
    return { epoch: "e", seq: this.seq, entries, present };
  }
}

const withoutTime = (changes: readonly RecordChange[]) => changes.map(({ at: _, ...rest }) => rest);

describe("resolvePages", () => {
  it("tells both sides of every change, although the log grows between pages", () => {
    const setting = fc.record({
      steps: history,
      pageSizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      startAt: fc.nat(60),
      restartsAt: fc.array(fc.nat(60), { maxLength: 3 }),
      late: history,
    });
    const property = fc.property(setting, ({ steps, pageSizes, startAt, restartsAt, late }) => {
      const log = new ModelLog();
      for (const [index, step] of steps.entries()) {
        log.write(step);
        if (restartsAt.includes(index)) log.restart();
      }
      const boundaries = [0, ...log.entries.map(({ seq }) => seq)];
      const start = boundaries[startAt % boundaries.length] ?? 0;
      const waiting = [...late];
      const pages: LogPage[] = [];
      let position = start;
      for (let page = 0; ; page++) {
        const size = pageSizes[page % pageSizes.length] ?? 1;
        const read = log.read(position, size);
        pages.push(read);
        position = read.entries.at(-1)?.seq ?? position;
        if (read.entries.length < size) break;
        // Other writers go on while a reader reads.
        for (const step of waiting.splice(0, 2)) log.write(step);
      }
      const resolved = resolvePages(pages, "e", start);
      if (resolved === "gap") throw new Error("a gap where none is");
      expect(resolved.seq).toBe(log.seq);
      expect(withoutTime(resolved.changes)).toEqual(log.truth.filter(({ seq }) => seq > start));
    });
    fc.assert(property, { seed, numRuns: 500 });
  });

  it("finds that an entry is missing, wherever it was", () => {
    const property = fc.property(
      history,
      fc.nat(),
      fc.integer({ min: 1, max: 9 }),
      (steps, at, size) => {
        const log = new ModelLog();
        for (const step of steps) log.write(step);
        fc.pre(log.entries.length > 0);
        log.entries.splice(at % log.entries.length, 1);
        const pages: LogPage[] = [];
        for (let position = 0; ;) {
          const page = log.read(position, size);
          pages.push(page);
          if (page.entries.length < size) break;
          position = page.entries.at(-1)?.seq ?? position;
        }
        expect(resolvePages(pages, "e", 0)).toBe("gap");
      },
    );
    fc.assert(property, { seed, numRuns: 300 });
  });

  it("finds another log, a reader ahead of the log, and a reader whose changes a crash undid", () => {
    const log = new ModelLog();
    for (const record of ["1", "2", "3"]) log.write({ id: "a", record });
    expect(resolvePages([log.read(0, 9)], "other", 0)).toBe("gap");
    expect(resolvePages([log.read(5, 9)], "e", 5)).toBe("gap");
    log.restart();
    log.write({ id: "a", record: "4" });
    expect(resolvePages([log.read(5, 9)], "e", 5)).toBe("gap");
    expect(resolvePages([log.read(2, 9)], "e", 2)).not.toBe("gap");
    expect(resolvePages([log.read(3, 9)], "e", 3)).not.toBe("gap");
  });
});

describe("on a real Redis", () => {
  let redis: TestRedis;
  let store: StateStore;
  beforeAll(async () => {
    redis = await testRedis({ appendonly: false });
    store = openRedisStore({
      url: redis.url,
      name: "changes",
      clock: systemClock,
      random: systemRandom,
    });
    await vi.waitFor(() => store.ping());
  });
  afterAll(async () => {
    await store.close();
    await redis.stop();
  });

  it("the scripts' log tells the history that was written", async () => {
    let run = 0;
    const property = fc.asyncProperty(
      history,
      fc.integer({ min: 1, max: 9 }),
      async (steps, size) => {
        const cluster = `${testCluster}-${run++}`;
        const model = new ModelLog();
        for (const step of steps) {
          model.write(step);
          await store.writeControl(cluster, [{ kind: "d", expected: "*", ...step }]);
        }
        const pages: LogPage[] = [];
        for (let position = 0; ;) {
          const page = await store.read(cluster, position, size);
          pages.push(page);
          if (page.entries.length < size) break;
          position = page.entries.at(-1)?.seq ?? position;
        }
        const resolved = resolvePages(pages, pages[0]?.epoch ?? "", 0);
        if (resolved === "gap") throw new Error("a gap where none is");
        expect(withoutTime(resolved.changes)).toEqual(
          model.truth.map((change) => ({ ...change, kind: "d" })),
        );
      },
    );
    await fc.assert(property, { seed, numRuns: 200 });
  }, 30_000);
});
