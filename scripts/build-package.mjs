// Before `npm pack`: the pages, and lib/, which is src/ without types, tests and pages, with declarations of what others
// import. Node.js runs no TypeScript under node_modules, so a package needs plain JavaScript.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildWeb } from "./build-web.mjs";
import { entryPoint, findNode, runScript } from "./node24.mjs";
import { projectRoot, setUp, SetupError } from "./setup.mjs";

const left =
  /^(chaos|dashboard|playground|testing)\/|^simulation\/(main|run|planted-bugs)\.ts$|\.test\.ts$|(^|\/)(test|fake)-[^/]+\.ts$|\.d\.ts$/;

/** `import x from "./y.ts"` becomes `"./y.js"`; also in `new URL("./y.ts", ...)`. */
const withJsNames = (code) => code.replace(/(["'])(\.{1,2}\/[^"'\n]*)\.ts\1/g, "$1$2.js$1");

async function buildLibrary() {
  const { stripTypeScriptTypes } = await import("node:module");
  const from = path.join(projectRoot, "src");
  const to = path.join(projectRoot, "lib");
  rmSync(to, { recursive: true, force: true });
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = path.join(entry.parentPath, entry.name);
    const name = path.relative(from, source);
    if (left.test(name)) continue;
    const target = path.join(to, name.replace(/\.ts$/, ".js"));
    mkdirSync(path.dirname(target), { recursive: true });
    if (name.endsWith(".ts"))
      writeFileSync(target, withJsNames(stripTypeScriptTypes(readFileSync(source, "utf8"))));
    else copyFileSync(source, target);
  }
}

/** The types of what package.json exports, beside its code. */
function declareTypes() {
  const tsc = path.join(projectRoot, "node_modules/typescript/bin/tsc");
  const run = [tsc, "--project", path.join(projectRoot, "tsconfig.package.json")];
  const { status, stdout } = spawnSync(process.execPath, run, { encoding: "utf8" });
  if (status !== 0) throw new SetupError(`The declarations could not be made:\n${stdout}`);
  const lib = path.join(projectRoot, "lib");
  for (const name of readdirSync(lib, { recursive: true })) {
    if (!name.endsWith(".d.ts")) continue;
    const file = path.join(lib, name);
    writeFileSync(file, withJsNames(readFileSync(file, "utf8")));
  }
}

await entryPoint(async () => {
  await setUp();
  if (findNode(projectRoot) !== undefined)
    return runScript(projectRoot, fileURLToPath(import.meta.url), []);
  process.removeAllListeners("warning"); // stripping types by hand still counts as experimental
  await buildWeb();
  await buildLibrary();
  declareTypes();
  process.disconnect?.();
});
