// What a page loads that follows a fleet by longshore/client, beside its floor: the client of graphql-ws alone, which is
// its transport. Bundled and minified as a page's own build would do it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import type { Row } from "./main.ts";

const library = fileURLToPath(new URL("../src/client/index.ts", import.meta.url));
const floor = fileURLToPath(import.meta.resolve("graphql-ws/client"));

/** Bytes of all parts that a page loads which says this; the stand-in for `ws` is none of them. */
async function sizeOf(code: string): Promise<{ readonly bytes: number; readonly gzipped: number }> {
  const folder = await mkdtemp(join(tmpdir(), "longshore-bundle-"));
  try {
    const entry = join(folder, "entry.ts");
    await writeFile(entry, code);
    const built = await build({
      root: folder,
      configFile: false,
      logLevel: "error",
      build: {
        write: false,
        modulePreload: false,
        rolldownOptions: { input: entry, preserveEntrySignatures: "strict" },
      },
    });
    const outputs = Array.isArray(built) ? built : [built];
    const parts = outputs.flatMap((each) => ("output" in each ? each.output : []));
    const texts = parts.flatMap((part) =>
      part.type === "chunk" && !part.code.includes("ws does not work in the browser")
        ? [part.code]
        : [],
    );
    return {
      bytes: texts.reduce((sum, text) => sum + text.length, 0),
      gzipped: texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function client(): Promise<readonly Row[]> {
  const alone = await sizeOf(`export { createClient } from ${JSON.stringify(floor)};`);
  const whole = await sizeOf(`export * from ${JSON.stringify(library)};`);
  const figures = ({ bytes, gzipped }: typeof alone) => ({
    minified_kib: bytes / 1024,
    gzipped_kib: gzipped / 1024,
    ratio: gzipped / alone.gzipped,
  });
  return [
    { what: "graphql-ws's client alone (floor)", figures: figures(alone) },
    { what: "longshore/client, all of it", figures: figures(whole) },
  ];
}
