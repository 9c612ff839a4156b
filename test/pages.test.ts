// The pages as a person sees them, in a real browser: the fleet is live without a reload, the playground queries and
// subscribes, nothing is asked of another host. Skipped, with a line that says so, where there is no Chromium.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLongshore } from "../src/testing/longshore.ts";
import type { Longshore } from "../src/testing/longshore.ts";

const executablePath = "/usr/bin/chromium";
const hasBrowser = existsSync(executablePath);
if (!hasBrowser) console.warn(`the pages are not tested: there is no ${executablePath}`);

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Every container instance of the demo fleet. */
const instances = 24 + 12 + 6;

describe.skipIf(!hasBrowser)("the pages", () => {
  let longshore: Longshore;
  let browser: Browser;
  let page: Page;
  const elsewhere: string[] = [];
  const problems: string[] = [];

  beforeAll(async () => {
    const build = fileURLToPath(new URL("../scripts/build-web.mjs", import.meta.url));
    await promisify(execFile)(process.execPath, [build]);
    longshore = await startLongshore({ demo: true, timings: { timeScale: 0.1 } });
    longshore.serve("ingest", "api", "scheduler");
    await longshore.ready();
    browser = await chromium.launch({ executablePath, args: flags });
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    page.on("request", (request) => {
      const { host, protocol } = new URL(request.url());
      if (protocol.startsWith("http") && host !== new URL(longshore.url).host)
        elsewhere.push(request.url());
    });
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await longshore?.close();
  });

  /** Tiles are drawn: the list boxes around them say how many. */
  const tiles = () =>
    page
      .getByRole("listbox")
      .evaluateAll((maps) =>
        maps.reduce((sum, map) => sum + Number(map.getAttribute("data-tiles")), 0),
      );

  test("the dashboard shows every container instance, and a new one without a reload", async () => {
    await page.goto(longshore.url);
    await page.getByText("harbor-prod").first().waitFor();
    await expect.poll(() => tiles(), { timeout: 20_000 }).toBe(instances);
    await longshore.control("instances", { cluster: "harbor-prod", count: 1 });
    await expect.poll(() => tiles(), { timeout: 20_000 }).toBe(instances + 1);
  });

  test("a daemon appears with its state when somebody registers one", async () => {
    await longshore.graphql(
      `mutation { registerDaemon(input: { cluster: "harbor-prod", name: "page-probe", taskDefinition: "node-exporter:1" }) { daemon { name } } }`,
    );
    await page.getByRole("link", { name: /^Daemons/ }).click();
    await page.getByText("page-probe").first().waitFor({ timeout: 20_000 });
    await page.getByText("ACTIVE", { exact: true }).first().waitFor({ timeout: 20_000 });
  });

  test("the dashboard fits a phone", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1440, height: 1000 });
  });

  test("the playground runs a query and shows its answer", { timeout: 60_000 }, async () => {
    await page.goto(`${longshore.url}playground`);
    const run = page.getByRole("button", { name: /execute query/i });
    await run.waitFor({ timeout: 30_000 });
    const response = page.locator(".graphiql-response, .result-window").first();
    // The button is there before the editor is: a person would press it again, too.
    const press = async () => {
      const shown = await response.innerText();
      if (shown.trim() === "") await run.click();
      return shown;
    };
    await expect.poll(press, { timeout: 25_000, interval: 1000 }).toContain("harbor-prod");
  });

  test("nothing was asked of another host, and nothing went wrong in the pages", () => {
    expect(elsewhere).toEqual([]);
    expect(problems).toEqual([]);
  });
});
