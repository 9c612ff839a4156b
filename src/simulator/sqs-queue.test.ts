// The queue by itself; time is a number.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSqsQueue } from "./sqs-queue.ts";
import type { SqsQueue } from "./sqs-queue.ts";

const create = (name = "q") =>
  createSqsQueue(name, `arn:aws:sqs:us-east-1:111122223333:${name}`, 0);
const bodies = (received: ReturnType<SqsQueue["receive"]>) =>
  received.map(({ message }) => message.body);

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

describe("a queue", () => {
  test("hides what is received and shows it again after the visibility timeout", () => {
    const queue = create();
    queue.send(0, "a");
    const [first] = queue.receive(0, 10, 5, undefined);
    expect(first?.message).toMatchObject({
      receiveCount: 1,
      md5: "0cc175b9c0f1b6a831c399e269772661",
    });
    expect(queue.receive(4999, 10, 5, undefined)).toEqual([]);
    const [second] = queue.receive(5000, 10, 5, undefined);
    expect(second?.message.receiveCount).toBe(2);
    expect(queue.delete(first?.receiptHandle ?? "")).toBe("done");
    expect(queue.counts(5000)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    expect(queue.delete(second?.receiptHandle ?? "")).toBe("done");
    expect(queue.counts(5000)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    expect(queue.delete("nonsense")).toBe("invalid");
  });

  test("delays, changes visibility, takes a receive back", () => {
    const queue = create();
    queue.send(0, "later", { delaySeconds: 2 });
    expect(queue.counts(0)).toMatchObject({ delayed: 1 });
    expect(queue.nextVisibleAt()).toBe(2000);
    const received = queue.receive(2000, 1, 30, undefined);
    queue.unreceive(received);
    const [again] = queue.receive(2000, 1, 30, undefined);
    expect(again?.message.receiveCount).toBe(1);
    expect(queue.changeVisibility(2000, again?.receiptHandle ?? "", 0)).toBe("done");
    expect(bodies(queue.receive(2000, 1, 30, undefined))).toEqual(["later"]);
  });

  test("moves to the dead-letter queue what was received too often", () => {
    const queue = create();
    const dead = create("dead");
    queue.attributes.redrive = { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 };
    queue.send(0, "poison");
    queue.send(0, "good");
    for (const now of [0, 1000]) {
      const received = queue.receive(now, 10, 1, dead);
      expect(bodies(received)).toContain("poison");
    }
    expect(queue.receive(2000, 10, 1, dead)).toEqual([]);
    expect(bodies(dead.receive(2000, 10, 1, undefined))).toEqual(["poison", "good"]);
  });

  test("forgets what is older than its retention", () => {
    const queue = create();
    queue.send(0, "old");
    expect(queue.receive(345_600_001, 1, 1, undefined)).toEqual([]);
    expect(queue.counts(345_600_001).visible).toBe(0);
  });

  test("never loses and never delivers while hidden, whatever the order of calls", () => {
    const step = fc.record({
      kind: fc.constantFrom("send", "receive", "delete", "extend", "unreceive", "wait"),
      number: fc.nat(20),
    });
    const property = fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const queue = create();
      let now = 0;
      let sent = 0;
      const deleted = new Set<string>();
      const out = new Map<string, { until: number; handle: string }>();
      for (const { kind, number } of steps) {
        const [chosen] = [...out].slice(number % Math.max(1, out.size));
        if (kind === "wait") now += number * 100;
        if (kind === "send") queue.send(now, String(sent++));
        if (kind === "receive")
          for (const { message, receiptHandle } of queue.receive(
            now,
            1 + (number % 10),
            1,
            undefined,
          )) {
            must(!deleted.has(message.body), "a deleted message came back");
            must((out.get(message.body)?.until ?? 0) <= now, "a hidden message was delivered");
            out.set(message.body, { until: now + 1000, handle: receiptHandle });
          }
        if (kind === "delete" && chosen) {
          must(queue.delete(chosen[1].handle) === "done", "a good handle was refused");
          out.delete(chosen[0]);
          deleted.add(chosen[0]);
        }
        if (kind === "extend" && chosen)
          if (queue.changeVisibility(now, chosen[1].handle, number) === "done")
            out.set(chosen[0], { ...chosen[1], until: now + number * 1000 });
        if (kind === "unreceive") queue.unreceive(queue.receive(now, 3, 1, undefined));
      }
      // What was taken back may still be on record as out; after every timeout all of it must come.
      const rest = queue.receive(now + 60_000, 1000, 1, undefined);
      expect(new Set(bodies(rest)).size).toBe(rest.length);
      expect(rest.length).toBe(sent - deleted.size);
    });
    fc.assert(property, { numRuns: 200 });
  });
});
