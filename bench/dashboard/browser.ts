// A browser that nothing watches but this: Playwright hears of every message of every socket, and that alone takes the
// main thread more time than a page. Speaks the little of the DevTools protocol that measuring takes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";
import { isObject } from "../../src/ecs/json.ts";
import { until } from "../../src/testing/longshore.ts";

const executablePath = "/usr/bin/chromium";

export interface Tab {
  /** The value of an expression, or of the promise that it is. Throws what it throws. */
  evaluate(expression: string): Promise<unknown>;
  /** One of the browser's own figures: TaskDuration, JSHeapUsedSize. */
  metric(name: string): Promise<number>;
  collectGarbage(): Promise<void>;
  close(): Promise<void>;
}

export interface BareBrowser {
  open(url: string): Promise<Tab>;
  close(): Promise<void>;
}

interface Answered {
  readonly resolve: (result: Record<string, unknown>) => void;
  readonly reject: (error: Error) => void;
}

async function attach(url: string, closeTab: () => Promise<void>): Promise<Tab> {
  const socket = new WebSocket(url);
  await once(socket, "open");
  const waiting = new Map<number, Answered>();
  let number = 0;
  socket.on("message", (data: Buffer) => {
    const { id, result, error } = JSON.parse(data.toString()) as Record<string, unknown>;
    const asked = waiting.get(Number(id));
    waiting.delete(Number(id));
    if (isObject(result)) asked?.resolve(result);
    else asked?.reject(new Error(JSON.stringify(error)));
  });
  const send = (method: string, params: object = {}) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      waiting.set(++number, { resolve, reject });
      socket.send(JSON.stringify({ id: number, method, params }));
    });
  await send("Performance.enable");
  return {
    evaluate: async (expression) => {
      const answer = await send("Runtime.evaluate", {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (answer["exceptionDetails"]) throw new Error(JSON.stringify(answer["exceptionDetails"]));
      return isObject(answer["result"]) ? answer["result"]["value"] : undefined;
    },
    metric: async (name) => {
      const { metrics } = await send("Performance.getMetrics");
      const all: unknown[] = Array.isArray(metrics) ? metrics : [];
      const found = all.filter(isObject).find((each) => each["name"] === name);
      if (!found) throw new Error(`the browser tells no ${name}`);
      return Number(found["value"]);
    },
    collectGarbage: () => send("HeapProfiler.collectGarbage").then(() => undefined),
    close: async () => {
      socket.close();
      await closeTab();
    },
  };
}

export async function startBrowser(): Promise<BareBrowser> {
  const folder = mkdtempSync(join(tmpdir(), "longshore-bench-"));
  const child = spawn(
    executablePath,
    [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--window-size=1920,1080",
      "--remote-debugging-port=0",
      `--user-data-dir=${folder}`,
      "about:blank",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  child.stderr.on("data", (text: Buffer) => (said += text.toString()));
  const address = await until(
    "the browser",
    () => /DevTools listening on ws:\/\/([\d.:]+)\//.exec(said)?.[1],
    60_000,
  );
  return {
    open: async (url) => {
      const response = await fetch(`http://${address}/json/new?${encodeURIComponent(url)}`, {
        method: "PUT",
      });
      const tab = (await response.json()) as { webSocketDebuggerUrl: string; id: string };
      return attach(tab.webSocketDebuggerUrl, async () => {
        await fetch(`http://${address}/json/close/${tab.id}`);
      });
    },
    close: async () => {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
