// Which parts of the store are in trouble, by pure time.
import { expect, test } from "vitest";
import { leftSeconds } from "./part-outage.ts";
import { WriteTrouble } from "./write-trouble.ts";

const [quay, harbor, lantern] = ["quay", "harbor", "lantern"];

test("a part in trouble is tried once a second, by one at a time", () => {
  const trouble = new WriteTrouble();
  expect([trouble.mayTry(quay, 0), trouble.mayTry(quay, 0)]).toEqual([true, true]);
  trouble.failed(quay, "away", 10);
  expect(trouble.mayTry(harbor, 10)).toBe(true);
  expect(trouble.mayTry(quay, 1009)).toBe(false);
  expect(trouble.errorOf(quay)).toBe("away");
  expect([trouble.mayTry(quay, 1010), trouble.mayTry(quay, 9000)]).toEqual([true, false]);
  trouble.failed(quay, "away", 9000);
  expect(trouble.lastFailureOf([quay, harbor])).toBe(9000);
  expect(trouble.mayTry(quay, 10_000)).toBe(true);
  trouble.written(quay);
  expect([trouble.mayTry(quay, 10_001), trouble.mayTry(quay, 10_001)]).toEqual([true, true]);
});

test("it lasts from its first failure on, until it is written or all are away", () => {
  const trouble = new WriteTrouble();
  trouble.failed(quay, "away", 0);
  trouble.failed(quay, "away", 1999);
  expect(trouble.isLasting(1999)).toBe(false);
  expect(trouble.isLasting(2000)).toBe(true);
  trouble.written(quay);
  expect(trouble.isLasting(2000)).toBe(false);
  trouble.failed(quay, "away", 3000);
  trouble.forget();
  trouble.failed(quay, "away", 5000);
  expect(trouble.isLasting(6999)).toBe(false);
  // Nobody had anything for it since.
  trouble.failed(harbor, "away", 70_000);
  expect(trouble.isLasting(70_000)).toBe(false);
});

test("that its messages are left is said once, and so is that it is well again", () => {
  const trouble = new WriteTrouble();
  trouble.failed(quay, "away", 0);
  expect([trouble.leave(quay), trouble.leave(quay)]).toEqual([true, false]);
  trouble.failed(quay, "away", 1000);
  expect(trouble.leave(quay)).toBe(false);
  expect([trouble.written(quay), trouble.written(quay)]).toEqual([true, false]);
});

test("witnesses are clusters that were written last and are in no trouble", () => {
  const trouble = new WriteTrouble();
  expect(trouble.witnesses()).toEqual([]);
  for (const part of ["first", quay, harbor, lantern, "departures", quay]) trouble.written(part);
  expect(trouble.witnesses()).toEqual([harbor, lantern, quay]);
  trouble.failed(lantern, "away", 0);
  expect(trouble.witnesses()).toEqual(["first", harbor, quay]);
});

test("what is left comes back soon after a failover, and seldom while a part is away for long", () => {
  expect([1, 2, 3, 4, 5].map(leftSeconds)).toEqual([30, 90, 270, 810, 2430]);
  expect(leftSeconds(1000)).toBe(21_600);
});
