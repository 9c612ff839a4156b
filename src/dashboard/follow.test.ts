// What becomes of a subscription that ended, and what is read from one.
import { expect, it } from "vitest";
import { backoffMs, endingOf, endingOfErrors } from "./follow.ts";
import { readChange, readFreshness, readPage } from "./read.ts";

const error = (code: string) => ({ message: `it says ${code}`, extensions: { code } });

it("starts over with a snapshot only when the cursor is of no use, and asks for a token when one is missing", () => {
  expect(endingOfErrors([error("CURSOR_EXPIRED")])).toEqual({
    next: "snapshot",
    problem: "it says CURSOR_EXPIRED",
  });
  expect(endingOfErrors([error("UNAVAILABLE")])).toEqual({
    next: "resume",
    problem: "it says UNAVAILABLE",
  });
  expect(endingOfErrors([error("UNAUTHENTICATED")])).toEqual({ next: "sign-in" });
  expect(endingOf([error("CURSOR_EXPIRED")])).toMatchObject({ next: "snapshot" });
  expect(endingOf({ code: 4403, reason: "Forbidden" })).toEqual({ next: "sign-in" });
  expect(endingOf({ code: 4008, reason: "Too slow" })).toMatchObject({ next: "resume" });
  expect(endingOf(new Error("refused"))).toMatchObject({ next: "resume" });
});

it("waits longer after each failure, within bounds", () => {
  expect(backoffMs(0, 0)).toBe(150);
  expect(backoffMs(0, 1)).toBe(300);
  expect(backoffMs(3, 1)).toBe(2400);
  expect(backoffMs(1000, 1)).toBe(15_000);
});

it("reads a payload, and lets nothing pass that is none", () => {
  const daemon = {
    name: "exporter",
    cluster: { arn: "a", name: "quay" },
    status: { phase: "ACTIVE" },
  };
  const payload = (type: string, entity: unknown) => ({
    daemonChanges: { type, cursor: "c", daemon: entity },
  });
  expect(readChange("daemon", payload("ADDED", daemon), 7)).toEqual({
    message: { kind: "daemon", type: "ADDED", entity: daemon, atMs: 7 },
    cursor: "c",
  });
  expect(readChange("daemon", payload("SYNCED", null), 7)?.message.type).toBe("SYNCED");
  expect(readChange("daemon", payload("RENAMED", daemon), 7)).toBeUndefined();
  expect(readChange("daemon", payload("ADDED", { name: "exporter" }), 7)).toBeUndefined();
  expect(readChange("task", payload("ADDED", daemon), 7)).toBeUndefined();
  expect(readChange("task", null, 7)).toBeUndefined();
});

it("reads a page, its place in the change log and where the next one begins", () => {
  const daemon = { name: "exporter", cluster: { arn: "a", name: "quay" }, status: {} };
  const page = (hasNextPage: boolean) => ({
    daemons: {
      changeCursor: "c",
      pageInfo: { hasNextPage, endCursor: "e" },
      nodes: [daemon, { name: "no daemon" }],
    },
  });
  expect(readPage("daemon", page(true), 7)).toEqual({
    messages: [{ kind: "daemon", type: "ADDED", entity: daemon, atMs: 7 }],
    cursor: "c",
    next: "e",
  });
  expect(readPage("daemon", page(false), 7)?.next).toBeUndefined();
  expect(readPage("task", page(false), 7)).toBeUndefined();
  expect(readPage("daemon", null, 7)).toBeUndefined();
});

it("reads freshness by cluster", () => {
  const freshness = { driftRepaired: 3 };
  expect(
    readFreshness({ clusters: { nodes: [{ arn: "a", freshness }, { arn: "b" }, null] } }),
  ).toEqual([["a", freshness]]);
  expect(readFreshness(undefined)).toEqual([]);
});
