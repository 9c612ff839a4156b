// The pages as a person sees them, in a real browser: the fleet is live without a reload, everything is a click or a key
// away, the playground queries and subscribes, nothing is asked of another host.
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../src/testing/longshore.ts";
import { hasBrowser, startPages } from "../src/testing/pages.ts";
import type { Pages } from "../src/testing/pages.ts";

/** Every container instance of the demo fleet. */
const instances = 24 + 12 + 6;

describe.skipIf(!hasBrowser)("the pages", () => {
  let pages: Pages;
  let page: Page;

  beforeAll(async () => {
    pages = await startPages();
    page = await pages.open();
  }, 120_000);
  afterAll(() => pages?.close());

  /** Tiles are drawn: the list boxes around them say how many. */
  const tiles = () =>
    page
      .getByRole("listbox")
      .evaluateAll((maps) =>
        maps.reduce((sum, map) => sum + Number(map.getAttribute("data-tiles")), 0),
      );
  const go = (hash: string) => page.goto(`${pages.longshore.url}${hash}`);
  const title = (name: string | RegExp) => page.getByRole("heading", { level: 1, name });
  const focused = () =>
    page.evaluate(() => {
      const { activeElement, body } = document;
      return activeElement === body ? "nothing" : activeElement?.textContent;
    });
  const rows = () => page.locator(".rows tbody tr:not(.unseen)");
  /** How many rows the list says that it has, drawn or not. */
  const listed = () =>
    page
      .locator(".rows table")
      .getAttribute("aria-rowcount")
      .then((count) => Number(count) - 1);
  const some = { timeout: 20_000 };

  test("the fleet shows every container instance, and a new one without a reload", async () => {
    await go("");
    await page.getByText("harbor-prod").first().waitFor();
    await expect.poll(tiles, some).toBe(instances);
    await pages.longshore.control("instances", { cluster: "harbor-prod", count: 1 });
    await expect.poll(tiles, some).toBe(instances + 1);
  });

  test("what is wrong comes first, says why, and leads to it", async () => {
    const found = await pages.longshore.graphql(
      `{ containerInstances(filter: { cluster: "harbor-prod" }, first: 1) { nodes { id ec2InstanceId } } }`,
    );
    const name = found.text("containerInstances", "nodes", 0, "ec2InstanceId");
    const containerInstances = [found.text("containerInstances", "nodes", 0, "id")];
    const agent = (connected: boolean) =>
      pages.longshore.control("agent", { cluster: "harbor-prod", containerInstances, connected });
    await agent(false);
    const problem = page.getByRole("link", { name: `${name} agent disconnected` });
    await problem.click();
    await title(name).waitFor();
    await page.getByText("agent disconnected").first().waitFor();
    await agent(true);
    await page.getByText("agent disconnected").first().waitFor({ state: "detached" });
    await go("#/");
    await problem.waitFor({ state: "detached" });
  });

  test("keys alone lead from the skip link to a tile, to its task, to a container", async () => {
    await go("#/");
    await page.reload();
    await expect.poll(tiles, some).toBeGreaterThan(0);
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the page");
    await page.keyboard.press("Enter");
    expect(await focused()).toBe("Fleet");
    await page.keyboard.press("g");
    await page.keyboard.press("i");
    await expect.poll(focused, some).toBe("Container instances");
    await page.keyboard.press("/");
    await page.keyboard.type("status:active");
    await expect.poll(() => page.url(), some).toContain("q=status%3Aactive");
    await page.keyboard.press("Escape");
    await go("#/");
    const map = page.getByRole("listbox").first();
    const tile = map.getByRole("option");
    await map.focus();
    const first = await tile.innerText();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => tile.innerText(), some).not.toBe(first);
    const [name = ""] = (await tile.innerText()).split(":");
    await page.keyboard.press("Enter");
    await title(name).waitFor();
    await expect.poll(focused, some).toBe(name);
    const task = page.locator("main tbody a").first();
    await task.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Containers" }).waitFor();
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    await expect.poll(() => page.locator(".timeline li").count(), some).toBeGreaterThan(0);
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  test("filters find what the API finds, and an address brings them back", async () => {
    const answer = await pages.longshore.graphql(
      `{ containerInstances(filter: { expression: "attribute:ecs.instance-type =~ m7.*" }) { totalCount }
        tasks(filter: { cluster: "quay-staging", lastStatus: [RUNNING] }, first: 0) { totalCount } }`,
    );
    await go("#/instances");
    await page.getByPlaceholder(/^Query/).fill("attribute:ecs.instance-type =~ m7.*");
    await expect.poll(listed, some).toBe(answer.count("containerInstances", "totalCount"));
    await page.getByPlaceholder(/^Query/).fill("attribute:ecs.instance-type =~");
    await page.getByRole("alert").waitFor();
    await go("#/tasks?cluster=quay-staging&q=status:running");
    await expect.poll(listed, some).toBe(answer.count("tasks", "totalCount"));
    await page.getByPlaceholder(/^Filter/).fill("no such thing");
    await page.getByText("Nothing matches this filter.").waitFor();
  });

  test("a list sorts, chooses columns, and leaves as CSV what it shows", async () => {
    await go("#/tasks?cols=task,status,cluster&cluster=lighthouse-edge&sort=task");
    await expect.poll(() => rows().count(), some).toBeGreaterThan(3);
    const names = await rows().locator("th").allInnerTexts();
    expect(names).toEqual(names.toSorted());
    await page.locator("summary", { hasText: "Export" }).click();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "CSV" }).click(),
    ]);
    const lines = (await readFile(await file.path(), "utf8")).trim().split("\r\n");
    expect(lines[0]).toBe("Task,Status,Cluster");
    expect(lines).toHaveLength((await listed()) + 1);
    expect(lines.slice(1).every((line) => line.endsWith(",lighthouse-edge"))).toBe(true);
  });

  test("endpoints are those of the API", async () => {
    const count = () =>
      pages.longshore
        .graphql(`{ endpoints(first: 0) { totalCount } }`)
        .then((answer) => answer.count("endpoints", "totalCount"));
    await go("#/endpoints");
    await until("as many endpoints", async () => {
      const [shown, there] = await Promise.all([listed(), count()]);
      return (shown === there && there > 0) || undefined;
    });
  });

  test("failures are told by reason, and the feed holds still when it is asked to", async () => {
    await go("#/changes");
    const running = await pages.longshore.graphql(
      `{ tasks(filter: { cluster: "harbor-prod", lastStatus: [RUNNING] }, first: 3) { nodes { id family } } }`,
    );
    const tasks = running.list("tasks", "nodes").map((task) => task.text("id"));
    const crash = (id: string | undefined) =>
      pages.longshore.control("tasks/crash", { cluster: "harbor-prod", tasks: [id], exitCode: 42 });
    await crash(tasks[0]);
    const line = (id: string | undefined) =>
      page.locator(".feed li", { hasText: String(id).slice(0, 8) }).filter({ hasText: "STOPPED" });
    await line(tasks[0]).first().waitFor(some);
    await page.getByRole("button", { name: "Pause" }).click();
    const held = await page.locator(".feed li").count();
    await crash(tasks[1]);
    await page.getByRole("button", { name: /Resume \([1-9]/ }).waitFor(some);
    expect(await page.locator(".feed li").count()).toBe(held);
    await page.getByRole("button", { name: /Resume/ }).click();
    await line(tasks[1]).first().waitFor(some);
    await page.getByPlaceholder(/^Search/).fill(`kind:task ${String(tasks[0]).slice(0, 8)}`);
    await expect.poll(() => line(tasks[1]).count(), some).toBe(0);
    await line(tasks[0]).first().waitFor();
    await go("#/failures");
    const group = page.locator(".failure", { hasText: "Essential container in task exited" });
    await group.first().waitFor(some);
    await group.getByText("42", { exact: false }).first().waitFor();
  });

  test("a daemon appears with its state when somebody registers one", async () => {
    await pages.longshore.graphql(
      `mutation { registerDaemon(input: { cluster: "harbor-prod", name: "page-probe", taskDefinition: "node-exporter:1" }) { daemon { name } } }`,
    );
    await go("#/daemons");
    await page.getByText("page-probe").first().waitFor(some);
    await page.getByText("ACTIVE", { exact: true }).first().waitFor(some);
  });

  test("the playground runs a query and shows its answer", { timeout: 60_000 }, async () => {
    await go("playground");
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
    expect(pages.elsewhere).toEqual([]);
    expect(pages.problems).toEqual([]);
  });
});
