// Builds the dashboard and the playground into dist/web, when their sources changed since the last build.
// node: modules only, so that bin/longshore.mjs may import it; Vite itself is run by Node.js 24.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { entryPoint, findNode } from "./node24.mjs";
import { projectRoot, SetupError, whileLocked } from "./setup.mjs";

const config = "src/dashboard/vite.config.ts";
/** Bytes of gzipped JavaScript that the dashboard may load, all its pages together. The playground is a page by itself. */
const scriptBytesMax = 80_000;
const sources = [
  "scripts/build-web.mjs",
  "src/dashboard",
  "src/playground",
  "schema.graphql",
  "package-lock.json",
];

function filesUnder(root, name) {
  const place = path.join(root, name);
  if (!existsSync(place)) return [];
  const entries = readdirSync(path.dirname(place), { withFileTypes: true });
  if (entries.some((entry) => entry.name === path.basename(place) && entry.isFile())) return [name];
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)));
}

/** One number for the content of everything that the pages are built from. */
export function sourceHash(root) {
  const hash = createHash("sha256");
  const files = sources.flatMap((name) => filesUnder(root, name));
  for (const file of files.filter((name) => !name.endsWith(".test.ts")).sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update("\0");
  return hash.digest("hex");
}

function isCurrent(root) {
  const stamp = path.join(root, "dist/web.hash");
  const page = path.join(root, "dist/web/index.html");
  return existsSync(page) && existsSync(stamp) && readFileSync(stamp, "utf8") === sourceHash(root);
}

async function runVite(root) {
  const node = findNode(root) ?? process.execPath;
  const vite = path.join(root, "node_modules/vite/bin/vite.js");
  const child = spawn(node, [vite, "build", "--config", config, "--logLevel", "warn"], {
    cwd: root,
    // A test that builds the pages builds what people get: libraries are larger in any other mode.
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (output += text));
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0)
    throw new SetupError(
      `${output.trim()}\nThe dashboard could not be built (vite build --config ${config}).`,
    );
}

/** Beside each text as it is, what goes over the network to whoever takes gzip. */
function compress(root) {
  const assets = path.join(root, "dist/web/assets");
  for (const name of readdirSync(assets))
    if (/\.(js|css|svg)$/.test(name))
      writeFileSync(
        path.join(assets, `${name}.gz`),
        gzipSync(readFileSync(path.join(assets, name)), { level: 9 }),
      );
}

/** Gzipped bytes of all JavaScript that the dashboard's page reaches, at once or later. */
function scriptBytes(root) {
  const web = path.join(root, "dist/web");
  const chunks = JSON.parse(readFileSync(path.join(web, ".vite/manifest.json"), "utf8"));
  const found = new Set();
  const reach = (name) => {
    if (found.has(name)) return;
    found.add(name);
    const { imports = [], dynamicImports = [] } = chunks[name];
    for (const next of [...imports, ...dynamicImports]) reach(next);
  };
  reach("index.html");
  return [...found]
    .map((name) => chunks[name].file)
    .filter((file) => file.endsWith(".js"))
    .reduce((sum, file) => sum + readFileSync(path.join(web, `${file}.gz`)).length, 0);
}

function checkSize(root) {
  const bytes = scriptBytes(root);
  const shown = `${(bytes / 1000).toFixed(1)} kB of gzipped JavaScript`;
  if (bytes > scriptBytesMax)
    throw new SetupError(
      `The dashboard loads ${shown}, and ${scriptBytesMax / 1000} kB are allowed: see what was added to src/dashboard.`,
    );
  return shown;
}

/** Brings dist/web up to date; progress goes to stderr. Throws {@link SetupError} when the build fails. */
export async function buildWeb(root = projectRoot) {
  if (!existsSync(path.join(root, config)) || isCurrent(root)) return;
  // Without Vite (dependencies installed for production only) what was built before is served.
  if (!existsSync(path.join(root, "node_modules/vite"))) return;
  await whileLocked(path.join(root, ".longshore", "build-web.lock"), async () => {
    if (isCurrent(root)) return;
    const begun = Date.now();
    const hash = sourceHash(root);
    process.stderr.write("longshore: building the dashboard\n");
    await runVite(root);
    compress(root);
    const size = checkSize(root);
    mkdirSync(path.join(root, "dist"), { recursive: true });
    rmSync(path.join(root, "dist/web.hash"), { force: true });
    writeFileSync(path.join(root, "dist/web.hash"), hash);
    process.stderr.write(
      `longshore: dashboard built in ${((Date.now() - begun) / 1000).toFixed(1)} s, ${size}\n`,
    );
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await entryPoint(() => buildWeb());
