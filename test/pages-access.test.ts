// Every page for everybody: no serious finding of axe-core in either theme on a phone and on a desk, and nothing that
// has to be scrolled sideways, up to a wall.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isObject } from "../src/ecs/json.ts";
import { hasBrowser, startPages } from "../src/testing/pages.ts";
import type { Pages } from "../src/testing/pages.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Serious and critical findings, a line each. `contrastOnly` looks at nothing but colours. */
async function findings(page: Page, contrastOnly: boolean): Promise<string[]> {
  const options = {
    resultTypes: ["violations"],
    ...(contrastOnly ? { runOnly: { type: "rule", values: ["color-contrast"] } } : {}),
  };
  // A long list says the same of each of its rows, and contrast takes its time for each.
  const where = {
    exclude: [".rows tr:nth-child(n+6)", ".feed li:nth-child(n+6)", ".id li:nth-child(n+4)"],
  };
  await page.evaluate(`window.axe ?? (() => { ${axe} })()`);
  const found: unknown = await page.evaluate(
    `window.axe.run(${JSON.stringify(where)}, ${JSON.stringify(options)}).then(({ violations }) => violations)`,
  );
  return (Array.isArray(found) ? found : []).flatMap((violation: unknown) => {
    if (!isObject(violation) || !["serious", "critical"].includes(String(violation["impact"])))
      return [];
    return [`${String(violation["id"])}: ${JSON.stringify(violation["nodes"]).slice(0, 600)}`];
  });
}

describe.skipIf(!hasBrowser)("every page", () => {
  let pages: Pages;
  let page: Page;
  /** As long as the API lets it be. */
  const longName = "a-daemon-with-a-quite-long-name-for-the-fleet-of-nodes-of-harbor";
  let places: readonly (readonly [string, string])[] = [];

  beforeAll(async () => {
    pages = await startPages();
    const found = await pages.longshore.graphql(
      `{ tasks(filter: { cluster: "harbor-prod", lastStatus: [RUNNING] }, first: 1) { nodes { arn containerInstanceArn cluster { arn } } } }`,
    );
    const at = (...path: string[]) => encodeURIComponent(found.text("tasks", "nodes", 0, ...path));
    for (const name of ["probe", longName])
      await pages.longshore.graphql(
        `mutation { registerDaemon(input: { cluster: "harbor-prod", name: "${name}", taskDefinition: "log-router:1" }) { daemon { name } } }`,
      );
    places = [
      ["#/", ".map canvas"],
      ["#/?view=table", ".rows tbody a"],
      [`#/clusters/${at("cluster", "arn")}`, ".map canvas"],
      ["#/instances", ".rows tbody a"],
      [`#/instances/${at("containerInstanceArn")}`, ".facts"],
      ["#/tasks", ".rows tbody a"],
      [`#/tasks/${at("arn")}`, ".timeline li"],
      ["#/endpoints", ".rows tbody a"],
      ["#/daemons", "text=probe"],
      ["#/failures", "h1"],
      ["#/changes", "h1"],
      ["#/nowhere", "h1"],
    ];
    page = await pages.open();
  }, 120_000);
  afterAll(() => pages?.close());

  const overflow = () =>
    page.evaluate(() =>
      Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth),
    );
  test(
    "a phone in light colours, and their contrast in dark ones",
    { timeout: 120_000 },
    async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.emulateMedia({ colorScheme: "light" });
      for (const [hash, there] of places) {
        await page.goto(`${pages.longshore.url}${hash}`);
        await page.locator(there).first().waitFor({ timeout: 20_000 });
        expect([hash, await overflow()]).toEqual([hash, 0]);
        expect([hash, ...(await findings(page, false))]).toEqual([hash]);
        await page.emulateMedia({ colorScheme: "dark" });
        expect([hash, ...(await findings(page, true))]).toEqual([hash]);
        await page.emulateMedia({ colorScheme: "light" });
      }
    },
  );

  test(
    "a desk in dark colours, and their contrast in light ones",
    { timeout: 120_000 },
    async () => {
      await page.setViewportSize({ width: 1280, height: 720 });
      await page.emulateMedia({ colorScheme: "dark" });
      for (const [hash, there] of places) {
        await page.goto(`${pages.longshore.url}${hash}`);
        await page.locator(there).first().waitFor({ timeout: 20_000 });
        expect([hash, await overflow()]).toEqual([hash, 0]);
        expect([hash, ...(await findings(page, false))]).toEqual([hash]);
        await page.emulateMedia({ colorScheme: "light" });
        expect([hash, ...(await findings(page, true))]).toEqual([hash]);
        await page.emulateMedia({ colorScheme: "dark" });
      }
    },
  );

  test("a wall shows every page without scrolling sideways", async () => {
    await page.setViewportSize({ width: 3840, height: 2160 });
    for (const [hash, there] of places) {
      await page.goto(`${pages.longshore.url}${hash}`);
      await page.locator(there).first().waitFor({ timeout: 20_000 });
      expect([hash, await overflow()]).toEqual([hash, 0]);
    }
  });

  test.each([390, 1280])("a daemon's long name hides nothing of it at %i px", async (width) => {
    await page.setViewportSize({ width, height: 844 });
    await page.goto(`${pages.longshore.url}#/daemons`);
    const item = page.locator("main :is(li, tr)", { hasText: longName });
    const end = async (of: string) => {
      const { x, width: wide } = (await item.locator(of).boundingBox()) ?? { x: NaN, width: NaN };
      return x + wide;
    };
    expect(await end("a")).toBeLessThan(width);
    expect(await end(".chip")).toBeLessThan(width);
    expect(await end("> :last-child")).toBeLessThan(width);
  });

  test("a choice of colours is kept, and motion is left out for whoever asks for that", async () => {
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    await page.goto(`${pages.longshore.url}#/`);
    const theme = () => page.evaluate(() => document.documentElement.dataset["theme"]);
    expect(await theme()).toBe("dark");
    await page.getByRole("button", { name: "Light", exact: true }).click();
    await page.reload();
    expect(await theme()).toBe("light");
    await page.locator(".map canvas").first().waitFor();
    expect(pages.problems).toEqual([]);
  });
});
