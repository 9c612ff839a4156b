// The pages as a person has them, for tests: a real browser on a running Longshore. Notes every request to another host
// and everything that goes wrong in a page. Skipped, with a line that says so, where there is no Chromium.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { startLongshore } from "./longshore.ts";
import type { Longshore, RoleProcess } from "./longshore.ts";

const executablePath = "/usr/bin/chromium";
export const hasBrowser: boolean = existsSync(executablePath);
if (!hasBrowser) console.warn(`the pages are not tested: there is no ${executablePath}`);

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface Pages {
  readonly longshore: Longshore;
  /** The process that serves the pages, to be killed and served again. */
  readonly api: RoleProcess;
  readonly browser: Browser;
  /** Opens a window of the browser; what goes wrong in it is in `problems`. */
  open(options?: Parameters<Browser["newPage"]>[0]): Promise<Page>;
  /** Addresses on other hosts that were asked for. */
  readonly elsewhere: readonly string[];
  /** Errors that were thrown or logged in a page. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

/** Builds the pages if they changed, and opens a browser for them. */
export async function openBrowser(): Promise<Browser> {
  const build = fileURLToPath(new URL("../../scripts/build-web.mjs", import.meta.url));
  await promisify(execFile)(process.execPath, [build]);
  return chromium.launch({ executablePath, args: flags });
}

/** The demo fleet with all roles, and a browser. `settings` are of all roles. */
export async function startPages(settings: Record<string, string> = {}): Promise<Pages> {
  const browser = await openBrowser();
  const longshore = await startLongshore({ demo: true, timings: { timeScale: 0.1 } }, settings);
  longshore.serve("ingest", "scheduler");
  const api = longshore.serve("api");
  await longshore.ready();
  const elsewhere: string[] = [];
  const problems: string[] = [];
  const { host } = new URL(longshore.url);
  return {
    longshore,
    api,
    browser,
    elsewhere,
    problems,
    open: async (options = { viewport: { width: 1440, height: 1000 } }) => {
      const page = await browser.newPage(options);
      page.on("request", (request) => {
        const asked = new URL(request.url());
        if (asked.protocol.startsWith("http") && asked.host !== host) elsewhere.push(asked.href);
      });
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error") problems.push(message.text());
      });
      return page;
    },
    close: async () => {
      await browser.close();
      await longshore.close();
    },
  };
}
