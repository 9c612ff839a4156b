// Builds the two pages, dashboard and playground, into dist/web. Nothing in them asks another host for anything.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  base: "/",
  publicDir: false,
  // The dashboard is Preact (see tsconfig.json); the playground writes no JSX and so needs no second setting.
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
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
