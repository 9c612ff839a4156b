// Makes of the process that imports this first the release after this one, as far as Redis is concerned: the same
// source, with the form of its data or its version one higher. `node --import next-release.ts?version`, or `?form`.
import { registerHooks } from "node:module";

const declared = /const ownSchema: Schema = \{ form: (\d+), version: (\d+) \};/;

function nextSource(source: string, changed: string): string {
  const [line, form, version] = declared.exec(source) ?? [];
  if (line === undefined) throw new Error("src/store/schema.ts does not declare ownSchema here");
  const next =
    changed === "?form"
      ? `{ form: ${Number(form) + 1}, version: 0 }`
      : `{ form: ${form}, version: ${Number(version) + 1} }`;
  return source.replace(line, `const ownSchema: Schema = ${next};`);
}

const { search } = new URL(import.meta.url);
registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    if (!url.endsWith("/src/store/schema.ts")) return loaded;
    const { source } = loaded;
    const text = typeof source === "string" ? source : new TextDecoder().decode(source);
    return { ...loaded, source: nextSource(text, search) };
  },
});
