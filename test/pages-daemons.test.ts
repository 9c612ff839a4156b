// The daemons' pages as an operator uses them, in a real browser against real processes: what they say is what the API and
// the simulated ECS have afterwards. Skipped, with a line that says so, where there is no Chromium.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type Axe from "axe-core";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../src/redis-server/start.ts";
import { startDaemonStory } from "../src/testing/daemon-story.ts";
import type { DaemonStory } from "../src/testing/daemon-story.ts";
import { until } from "../src/testing/longshore.ts";

const executablePath = "/usr/bin/chromium";
const hasBrowser = existsSync(executablePath);
if (!hasBrowser) console.warn(`the daemons' pages are not tested: there is no ${executablePath}`);

const flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
const fleet = 12;
const patience = { timeout: 20_000 };

describe.skipIf(!hasBrowser)("the pages of daemons and charts", { timeout: 60_000 }, () => {
  let story: DaemonStory;
  let browser: Browser;
  let page: Page;
  let readOnlyUrl: string;
  const problems: string[] = [];

  beforeAll(async () => {
    const build = fileURLToPath(new URL("../scripts/build-web.mjs", import.meta.url));
    await promisify(execFile)(process.execPath, [build]);
    story = await startDaemonStory({ instances: fleet }, [["ingest", "api", "scheduler"]]);
    const port = await freePort();
    readOnlyUrl = `http://127.0.0.1:${port}/`;
    story.serveWith({ LONGSHORE_PORT: String(port), LONGSHORE_READ_TOKENS: "reader" }, "api");
    browser = await chromium.launch({ executablePath, args: flags });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      // A refused dry run is an answer that the browser notes as well.
      if (message.type() === "error" && !message.text().includes("400"))
        problems.push(message.text());
    });
    page.setDefaultTimeout(patience.timeout);
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    await story?.close();
  });

  const go = (hash: string) => page.goto(`${story.url}#/${hash}`);
  const goToDaemon = (name: string) => go(`daemons/${story.cluster}/${name}`);
  const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
  const dialog = () => page.getByRole("dialog");
  const plan = (said: string) => page.locator(`[data-plan="${said}"]`).waitFor();

  const ask = async (name: string, fields: string) => {
    const query = `query ($cluster: String!, $name: String!) { daemon(cluster: $cluster, name: $name) { ${fields} } }`;
    return (await story.graphql(query, { cluster: story.cluster, name })).at("daemon");
  };

  test("registering shows the plan first, refusals beside their field, and then does it", async () => {
    await go("daemons");
    await page.getByRole("link", { name: "Register a daemon" }).click();
    await page.getByLabel("Name").fill("lamp");
    await page.getByLabel("Task definition").fill("log-router:1");
    await plan(`${fleet} start`);
    expect((await ask("lamp", "name")).value).toBeNull();
    const selector = page.getByLabel("Selector");
    await selector.fill("attribute:ecs.instance-type =~");
    await page.getByText(/selector, column \d+/).waitFor();
    expect(await selector.getAttribute("aria-invalid")).toBe("true");
    expect(await page.getByLabel("Name").getAttribute("aria-invalid")).toBe("false");
    expect(await button("Register").isDisabled()).toBe(true);
    await selector.fill("");
    // The words beside the fields are the schema's.
    await page.getByText("Family, family:revision or ARN.").waitFor();
    await button("Register").click();
    await page.getByRole("heading", { level: 1, name: "lamp" }).waitFor();
    await story.settled("lamp", fleet);
    await page.getByText("ACTIVE", { exact: true }).waitFor();
    await page.getByRole("img", { name: `Placements: ${fleet} of ${fleet} running` }).waitFor();
  });

  test("an update becomes a canary that says what it waits for, and goes on when it is promoted", async () => {
    await page.getByRole("link", { name: "Update", exact: true }).click();
    await page.getByLabel("Canary, %").fill("25");
    // What comes after the canary comes at once.
    await page.getByLabel("Stay healthy, %").fill("0");
    await page.getByText("Overrides, network").click();
    await page.getByLabel("Tags").fill("team=harbor");
    await plan(`3 replace, ${fleet - 3} keep`);
    await button("Update").click();
    await page.getByText(/the canary of revision 2 runs on 3/).waitFor();
    await page.getByText("3 in place").waitFor();
    expect((await story.status("lamp")).count("updated")).toBe(3);
    await button("Promote").click();
    await plan(`${fleet - 3} replace, 3 keep`);
    await dialog().getByRole("button", { name: "Promote" }).click();
    await story.settled("lamp", fleet);
    // It is no canary any more.
    await until("no promoting", async () =>
      (await button("Promote").count()) === 0 ? true : undefined,
    );
  });

  test("pausing and resuming", async () => {
    await button("Pause").click();
    await until("paused", async () =>
      (await ask("lamp", "paused")).at("paused").value === true ? true : undefined,
    );
    await button("Resume").click();
    await plan(`${fleet} keep`);
    await dialog().getByRole("button", { name: "Resume" }).click();
    await button("Pause").waitFor();
    expect((await ask("lamp", "paused")).at("paused").value).toBe(false);
  });

  test("somebody else's change is shown, and mine goes on top of it", async () => {
    await go(`daemons/${story.cluster}/lamp/update`);
    await page.getByText("Overrides, network").click();
    await page.getByLabel("Drain order").fill("7");
    await story.change("updateDaemon", "lamp", { tags: [{ key: "team", value: "quay" }] });
    await page.getByLabel("Stay healthy, %").fill("50");
    await page.getByText("Somebody changed this daemon meanwhile.").waitFor();
    await page.getByRole("cell", { name: "team=quay" }).waitFor();
    await button("Go on from revision 3, with my changes").click();
    await button("Update").click();
    await page.getByRole("heading", { level: 1, name: "lamp", exact: true }).waitFor();
    const now = await ask(
      "lamp",
      "drainOrder rollout { minHealthyPercent } revisions { tags { value } }",
    );
    expect(now.count("drainOrder")).toBe(7);
    expect(now.count("rollout", "minHealthyPercent")).toBe(50);
    expect(now.text("revisions", 0, "tags", 0, "value")).toBe("quay");
  });

  test("a rollback shows what differs and goes to the revision that was chosen", async () => {
    await button("Roll back").click();
    await dialog().getByLabel("Back to").selectOption("1");
    await dialog().getByText("team=quay").waitFor();
    await button("Roll back to revision 1").click();
    await until("revision 4", async () =>
      (await ask("lamp", "revision")).count("revision") === 4 ? true : undefined,
    );
    expect((await ask("lamp", "revisions { tags { key } }")).list("revisions", 0, "tags")).toEqual(
      [],
    );
    await page.getByText("ROLLBACK", { exact: true }).waitFor();
  });

  test("explaining one container instance, rule by rule", async () => {
    await page
      .getByRole("button", { name: /^Explain / })
      .first()
      .click();
    await dialog().getByText("selector selects it", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    expect(await dialog().count()).toBe(0);
  });

  test("tasks that run once have a ledger, and run again where it is asked for", async () => {
    const taskDefinition = await story.define("probe", { exitAfterMs: 200, exitCode: 0 });
    await story.register("probe", { taskDefinition, mode: "ONCE_JOINED" });
    await until("all runs", async () => {
      const done = await ask("probe", "status { succeeded }");
      return done.count("status", "succeeded") === fleet ? true : undefined;
    });
    await goToDaemon("probe");
    await page
      .getByRole("checkbox", { name: /^Run again on/ })
      .first()
      .check();
    await button("Run again on 1").click();
    await dialog().getByRole("button", { name: "Run again on 1" }).click();
    await until("a second run", async () => {
      const runs = (await story.placements("probe")).map((each) => each.count("generation"));
      return runs.includes(2) ? true : undefined;
    });
  });

  test("charts show what the history has, and go on", async () => {
    await go("charts?hours=1");
    const running = page.getByRole("button", { name: /^running \d/ });
    await until("the tasks of now", async () => {
      const { taskCounts } = Object(
        (await story.graphql("{ clusters { nodes { taskCounts { running } } } }")).at(
          "clusters",
          "nodes",
          0,
        ).value,
      ) as { taskCounts: { running: number } };
      return (await running.textContent())?.endsWith(` ${taskCounts.running}`) ? true : undefined;
    });
    const history = await story.graphql(
      "{ clusters { nodes { history(minutes: 60) { starts stops failures } } } }",
    );
    const sum = (name: string) =>
      history
        .list("clusters", "nodes", 0, "history")
        .reduce((all, minute) => all + minute.count(name), 0);
    // The runs of the ledger: one each, and one again.
    expect(sum("stops")).toBeGreaterThanOrEqual(fleet + 1);
    expect(sum("failures")).toBe(0);
    const none = "{ clusters { nodes { history(minutes: 0) { at } } } }";
    expect((await story.refused(none)).code).toBe("BAD_USER_INPUT");
    await page.getByRole("img", { name: /^Starts and stops\. starts/ }).waitFor();
    await page.getByText("As a table").first().click();
    await page.getByRole("region", { name: "Tasks, as a table" }).getByRole("row").nth(1).waitFor();
  });

  test("deregistering asks for the name, and stops the tasks", async () => {
    await goToDaemon("lamp");
    await button("Deregister").click();
    const sure = dialog().getByRole("button", { name: /^Deregister and stop/ });
    expect(await sure.isDisabled()).toBe(true);
    await dialog().getByLabel("Type lamp to confirm").fill("lam");
    expect(await sure.isDisabled()).toBe(true);
    await dialog().getByLabel("Type lamp to confirm").fill("lamp");
    await sure.click();
    await page.getByRole("heading", { level: 1, name: "Daemons" }).waitFor();
    await until(
      "no daemon",
      async () => ((await ask("lamp", "name")).value === null ? true : undefined),
      30_000,
    );
    const left = await story.graphql(
      `{ tasks(filter: { family: "log-router", lastStatus: [RUNNING] }) { totalCount } }`,
    );
    expect(left.count("tasks", "totalCount")).toBe(0);
  });

  test("a token that may only read sees no controls", async () => {
    await story.register("quiet");
    await until(
      "the second API",
      async () => ((await fetch(`${readOnlyUrl}readyz`)).ok ? true : undefined),
      30_000,
    );
    const reader = await browser.newPage();
    await reader.addInitScript(() => sessionStorage.setItem("longshore.token", "reader"));
    await reader.goto(`${readOnlyUrl}#/daemons/${story.cluster}/quiet`);
    await reader.getByText("read only").waitFor();
    await reader
      .getByRole("button", { name: /^Explain / })
      .first()
      .waitFor();
    for (const name of ["Pause", "Deregister", "Roll back", "Promote"])
      expect(await reader.getByRole("button", { name }).count()).toBe(0);
    expect(await reader.getByRole("link", { name: "Update" }).count()).toBe(0);
    await reader.goto(`${readOnlyUrl}#/daemons/register`);
    await reader.getByText("This token may read").waitFor();
    await reader.close();
  });

  const places = [
    "daemons",
    "daemons/register",
    "daemons/CLUSTER/quiet",
    "daemons/CLUSTER/quiet/update",
    "charts",
  ];
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

  test.each(["light", "dark"] as const)(
    "%s: no serious finding of axe, and it fits 390 and 1280 px",
    async (colorScheme) => {
      const context = await browser.newContext({
        colorScheme,
        viewport: { width: 1280, height: 900 },
      });
      const looked = await context.newPage();
      for (const place of places) {
        await looked.goto(`${story.url}#/${place.replace("CLUSTER", story.cluster)}`);
        await looked.locator("main .card").first().waitFor();
        await looked.evaluate(axe);
        // Colours are all that another theme changes.
        const runOnly =
          colorScheme === "dark" ? ["color-contrast"] : ["wcag2a", "wcag2aa", "wcag21aa"];
        const { violations } = await looked.evaluate(
          (rules) => (globalThis as unknown as { axe: typeof Axe }).axe.run({ runOnly: rules }),
          runOnly,
        );
        const serious = violations.filter(
          ({ impact }) => impact === "serious" || impact === "critical",
        );
        const said = serious.map(({ id, nodes }) => `${place}: ${id}: ${nodes[0]?.html}`);
        expect(said).toEqual([]);
        for (const width of [390, 1280]) {
          await looked.setViewportSize({ width, height: 900 });
          const overflow = await looked.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          expect([place, width, overflow]).toEqual([place, width, Math.min(0, overflow)]);
        }
      }
      await context.close();
    },
    60_000,
  );

  test("nothing went wrong in the pages", () => {
    expect(problems).toEqual([]);
  });
});
