// Deleting beside receiving: nothing handed in is forgotten, failures are tried again, and too much holds callers back.
import { describe, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import { createLog } from "../log.ts";
import { systemRandom } from "../random.ts";
import type { Message } from "../sqs/queue.ts";
import { MemoryQueue } from "../testing/memory-queue.ts";
import { createDeletions } from "./deletions.ts";
import type { DeletionOptions } from "./deletions.ts";
import { Outage } from "./outage.ts";

const forever = new AbortController().signal;

function deletionsOf(queue: DeletionOptions["queue"]) {
  const log = createLog("test", "silent");
  const outage = new Outage({ clock: systemClock, log, random: systemRandom }, "deleting");
  return createDeletions({ queue, clock: systemClock, outage, signal: forever });
}

async function filled(messages: number) {
  const queue = new MemoryQueue({ clock: systemClock, visibilityMs: 60_000 });
  for (let at = 0; at < messages; at++) queue.send(String(at));
  const received: Message[] = [];
  while (received.length < messages) received.push(...(await queue.receive(1, forever)));
  return { queue, received };
}

describe("createDeletions", () => {
  it("deletes what makes no full batch, too, without being drained", async () => {
    const { queue, received } = await filled(13);
    await deletionsOf(queue).add(received);
    const deadline = performance.now() + 5000;
    while (queue.size > 0 && performance.now() < deadline) await systemClock.sleep(5);
    expect(queue.size).toBe(0);
  });

  it("joins single messages into full batches", async () => {
    const { queue, received } = await filled(30);
    const sizes: number[] = [];
    const deletions = deletionsOf({
      delete: (batch) => {
        sizes.push(batch.length);
        return queue.delete(batch);
      },
    });
    for (const message of received) await deletions.add([message]);
    await deletions.drain();
    expect(sizes).toEqual([10, 10, 10]);
    expect(queue.size).toBe(0);
  });

  it("tries again what failed, and gives up for the visibility to decide", async () => {
    const { queue, received } = await filled(10);
    queue.deletionsThatFail.set("m1", 2);
    queue.deletionsThatFail.set("m2", 100);
    const deletions = deletionsOf(queue);
    await deletions.add(received);
    await deletions.drain();
    expect(queue.size).toBe(1);
    expect(queue.failedDeletions).toBe(2 + 3);
  });

  it("survives calls that throw", async () => {
    const { queue, received } = await filled(10);
    let calls = 0;
    const deletions = deletionsOf({
      delete: (batch) => (++calls < 3 ? Promise.reject(new Error("reset")) : queue.delete(batch)),
    });
    await deletions.add(received);
    await deletions.drain();
    expect(queue.size).toBe(0);
  });

  it("holds callers back while too many calls are under way", async () => {
    const { received } = await filled(400);
    const answers: (() => void)[] = [];
    const deletions = deletionsOf({
      delete: () => new Promise((resolve) => answers.push(() => resolve([]))),
    });
    let taken = false;
    const added = deletions.add(received).then(() => {
      taken = true;
    });
    await systemClock.sleep(50);
    expect(taken).toBe(false);
    for (const answer of answers) answer();
    await added;
    await deletions.drain();
  });
});
