// npm run picture: takes the README's picture, docs/dashboard.png, anew from a demo that runs (npm start; its address is
// LONGSHORE_URL when it is not http://127.0.0.1:4000); it registers a daemon that works there and one that cannot.
// npm run picture -- FOLDER puts every page there instead, narrow, usual and wide, dark and light, to be looked at before
// a release.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { entryPoint } from "./node24.mjs";
import { projectRoot, setUp } from "./setup.mjs";

const url = process.env.LONGSHORE_URL ?? "http://127.0.0.1:4000";
const sizes = [
  [390, 844],
  [1280, 800],
  [2560, 1440],
];

async function ask(query, variables = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()).data;
}

/** The daemons of the picture; those that are there already stay as they are. */
async function registerDaemons() {
  const document = `mutation ($input: RegisterDaemonInput!) {
    registerDaemon(input: $input) { daemon { name } }
  }`;
  const cluster = "harbor-prod";
  for (const [name, taskDefinition] of Object.entries({
    "node-exporter": "tide-worker:1",
    "broken-probe": "not-there:1",
  }))
    await ask(document, { input: { cluster, name, taskDefinition } });
}

/** Places by name, those of single things with the first thing there is. */
async function places() {
  const first = await ask(`{
    clusters(first: 1) { nodes { arn } } containerInstances(first: 1) { nodes { arn } }
    tasks(filter: { lastStatus: [RUNNING] }, first: 1) { nodes { arn } }
    daemons(first: 1) { nodes { name cluster { arn } } }
  }`);
  const of = (list) => encodeURIComponent(first[list].nodes[0]?.arn ?? "");
  const [daemon] = first.daemons.nodes;
  const one = daemon && `/${encodeURIComponent(daemon.cluster.arn)}/${daemon.name}`;
  return {
    fleet: "/",
    table: "/#/?view=table",
    cluster: `/#/clusters/${of("clusters")}`,
    instances: "/#/instances",
    instance: `/#/instances/${of("containerInstances")}`,
    tasks: "/#/tasks",
    task: `/#/tasks/${of("tasks")}`,
    endpoints: "/#/endpoints",
    daemons: "/#/daemons",
    daemon: `/#/daemons${one ?? ""}`,
    update: `/#/daemons${one ? `${one}/update` : ""}`,
    register: "/#/daemons/register",
    failures: "/#/failures",
    charts: "/#/charts",
    changes: "/#/changes",
    playground: "/playground",
  };
}

/** Takes one picture, when what the page shows has come. */
async function take(browser, place, { file, width, height, colorScheme }) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  await page.goto(url + place);
  if (place === "/playground") await page.locator(".graphiql-container").waitFor();
  else {
    await page.locator('.connection[data-state="live"]').waitFor();
    await page.locator(".load, .loading").first().waitFor({ state: "detached" });
  }
  // What is asked once the page is there, and its first changes.
  await page.waitForTimeout(3000);
  await page.screenshot({ path: file });
  await page.close();
}

await entryPoint(async () => {
  await setUp();
  await registerDaemons();
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    const file = path.join(projectRoot, "docs/dashboard.png");
    await take(browser, "/", { file, width: 1280, height: 720, colorScheme: "dark" });
  } else {
    await mkdir(folder, { recursive: true });
    for (const [name, place] of Object.entries(await places()))
      for (const [width, height] of sizes)
        for (const colorScheme of ["dark", "light"]) {
          const file = path.join(folder, `${name}-${width}-${colorScheme}.png`);
          await take(browser, place, { file, width, height, colorScheme });
        }
  }
  await browser.close();
});
