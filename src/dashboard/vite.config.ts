// Builds the two pages, dashboard and playground, into dist/web. Nothing in them asks another host for anything.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import type { Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Vite wraps each import() in code that loads style sheets and preloads scripts and retells errors, which is as much as
 * some of what is imported. Nothing is preloaded here, so what is left of it are the style sheets of the playground's parts.
 */
const plainImports: Plugin = {
  name: "plain-imports",
  enforce: "pre",
  load: (id) =>
    id === "\0vite/preload-helper.js"
      ? `export const __vitePreload = async (load, styles = []) => {
  await Promise.all(styles.map((href) => new Promise((done) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: "/" + href, onload: done, onerror: done });
    document.head.append(link);
  })));
  return load();
};`
      : null,
};

/** What no chart draws is left out of uPlot: it hangs on an object, so the bundler has to think that it is used. */
const leanCharts: Plugin = {
  name: "lean-charts",
  transform(code, id) {
    if (!id.endsWith("/uPlot.esm.js")) return null;
    const unused =
      /^\s*\(?(?:paths\.bars\s*= bars|paths\.spline\s*= monotoneCubic|uPlot\.join = join)\)?;$/gm;
    if (code.match(unused)?.length !== 3)
      throw new Error("uPlot is another one: see vite.config.ts");
    return { code: code.replace(unused, ""), map: null };
  },
};

export default defineConfig({
  root: here("."),
  base: "/",
  publicDir: false,
  // The dashboard is Preact (see tsconfig.json); the playground writes no JSX and so needs no second setting.
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [plainImports, leanCharts],
  worker: { format: "es" },
  build: {
    outDir: here("../../dist/web"),
    emptyOutDir: true,
    target: "es2022",
    // The editor of the playground is one large part by nature, loaded on its page only.
    chunkSizeWarningLimit: 5000,
    reportCompressedSize: false,
    // scripts/build-web.mjs adds up from it what the dashboard loads.
    manifest: true,
    // Every part is preloaded by the browser's own means.
    modulePreload: false,
    rolldownOptions: {
      // "use client" means nothing without server rendering; React libraries are full of it.
      onLog(level, log, show) {
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") show(level, log);
      },
      input: { index: here("index.html"), playground: here("playground.html") },
    },
  },
});
