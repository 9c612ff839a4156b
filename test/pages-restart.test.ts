// The dashboard over trouble: an API that is killed and comes back, a token that is asked for, and one that may only
// read.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../src/redis-server/start.ts";
import { until } from "../src/testing/longshore.ts";
import { hasBrowser, startPages } from "../src/testing/pages.ts";
import type { Pages } from "../src/testing/pages.ts";

describe.skipIf(!hasBrowser)("a dashboard that stays open", () => {
  let pages: Pages;
  let page: Page;

  beforeAll(async () => {
    pages = await startPages();
    page = await pages.open();
  }, 120_000);
  afterAll(() => pages?.close());

  const some = { timeout: 30_000 };

  test("tells that the API is away, and goes on from its cursor with what happened meanwhile", async () => {
    const { longshore, api } = pages;
    await page.goto(`${longshore.url}#/changes`);
    await page.getByText("Live", { exact: true }).waitFor(some);
    const seen = await longshore.graphql(
      `{ tasks(filter: { cluster: "harbor-prod", lastStatus: [RUNNING] }, first: 2) { nodes { id family } } }`,
    );
    const crash = (index: number) =>
      longshore.control("tasks/crash", {
        cluster: "harbor-prod",
        tasks: [seen.text("tasks", "nodes", index, "id")],
        exitCode: 3,
      });
    const told = (index: number) =>
      page
        .locator(".feed li", { hasText: seen.text("tasks", "nodes", index, "id").slice(0, 8) })
        .filter({ hasText: "STOPPED" });
    await crash(0);
    await told(0).first().waitFor(some);
    await api.kill("SIGKILL");
    await page.getByText(/^Reconnecting/).waitFor(some);
    await crash(1);
    // Ingest goes on: what happens now is in the log, and nobody serves it.
    longshore.serve("api");
    await told(1).first().waitFor({ timeout: 60_000 });
    await page.getByText(/no change missed/).waitFor(some);
    expect(await told(0).count()).toBe(1);
    expect(await told(1).count()).toBe(1);
  });

  test(
    "is not live while the store cannot be read, says why, and is live again with it",
    { timeout: 90_000 },
    async () => {
      const { longshore } = pages;
      await page.goto(`${longshore.url}#/`);
      const state = page.locator(".top .connection");
      await expect.poll(() => state.innerText(), some).toMatch(/^Live/);
      const wrong = page.locator(".problems");
      const lag = page.locator(".freshness div", { hasText: "Lag" });
      // The page has been told once how fresh it is.
      await expect.poll(() => lag.innerText(), some).toMatch(/\d/);
      longshore.redis.pause();
      try {
        await wrong.getByText("Longshore cannot read its store").waitFor(some);
        await wrong
          .getByText(/The store does not answer now. This picture is \d+ s old./)
          .waitFor();
        expect(await state.innerText()).toMatch(
          /^Longshore cannot read its store; this picture is \d+ s old$/,
        );
        expect(await lag.innerText()).toMatch(/–$/);
      } finally {
        longshore.redis.resume();
      }
      await wrong
        .getByText("Longshore cannot read its store")
        .waitFor({ ...some, state: "detached" });
      await expect.poll(() => state.innerText(), some).toMatch(/^Live/);
    },
  );

  test("asks for a token, keeps it out of the address, and shows no control to one that may only read", async () => {
    const port = await freePort();
    pages.longshore.serveWith(
      {
        LONGSHORE_PORT: String(port),
        LONGSHORE_READ_TOKENS: "read-only-token",
        LONGSHORE_ADMIN_TOKENS: "admin-token",
      },
      "api",
    );
    const url = `http://127.0.0.1:${port}/`;
    await until("the guarded API", async () =>
      (await fetch(`${url}readyz`)).ok ? true : undefined,
    );
    const guarded = await pages.browser.newPage();
    const signIn = async (token: string) => {
      await guarded.getByLabel("Token").fill(token);
      await guarded.getByRole("button", { name: "Sign in" }).click();
    };
    await guarded.goto(`${url}#/tasks`);
    await signIn("no such token");
    await guarded.getByText("The server refused this token.").waitFor(some);
    await signIn("read-only-token");
    await guarded.getByText("read only").waitFor(some);
    await guarded.locator(".rows tbody a").first().waitFor(some);
    expect(guarded.url()).toBe(`${url}#/tasks`);
    const kept = await guarded.evaluate(() => [
      JSON.stringify(localStorage),
      sessionStorage.getItem("longshore.token"),
    ]);
    expect(kept).toEqual([expect.not.stringContaining('token":'), "read-only-token"]);
    await guarded.getByRole("button", { name: "Sign out" }).click();
    await signIn("admin-token");
    await guarded.locator(".rows tbody a").first().waitFor(some);
    expect(await guarded.getByText("read only").count()).toBe(0);
    await guarded.close();
  });
});
