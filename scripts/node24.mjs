// Goes on under a Node.js that runs TypeScript (24 or newer): the one that came with the dependencies, or this one.
// Runs on older ones too: node: modules only.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import path from "node:path";
import { constants } from "node:os";
import { pathToFileURL } from "node:url";
import { SetupError } from "./setup.mjs";

const neededMajor = 24;

/** The Node.js to run under: undefined for this very process. Throws {@link SetupError} when there is none. */
export function findNode(root) {
  if (Number(process.versions.node.split(".")[0]) >= neededMajor) return undefined;
  const name = `node-${process.platform}-${process.arch}`;
  const require = nodeModule.createRequire(path.join(root, "package.json"));
  for (const folder of require.resolve.paths(name) ?? []) {
    const binary = path.join(folder, name, "bin", "node");
    // It may be there and not run: built for another C library.
    if (existsSync(binary) && spawnSync(binary, ["--version"]).status === 0) return binary;
  }
  throw new SetupError(
    `Longshore needs Node.js ${neededMajor} or newer; this is ${process.version}, and no newer one came with the dependencies ` +
      `for ${process.platform} ${process.arch}. Install it from your package manager or nodejs.org (with nvm: nvm install ${neededMajor}).`,
  );
}

/** True once the process that started us is gone, when that was npm: it cannot pass signals on any more. */
function watchNpm(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, 1000);
  timer.unref();
}

/** Where compiled code is kept, so that a command starts in half the time. Node.js does without where it may not write. */
const compileCacheOf = (root) => path.join(root, "node_modules", ".cache", "node-compile");

function runUnder(binary, script, args, compileCache) {
  // The IPC channel tells the child when this process is gone, however it went.
  const child = spawn(binary, [script, ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env },
  });
  const forward = (signal) => child.kill(signal);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, forward);
  watchNpm(() => forward("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

/** Runs a script with arguments under Node.js 24: in this process if it is one, else in a child. Sets the exit code. */
export async function runScript(root, script, args) {
  const binary = findNode(root);
  if (binary === undefined) {
    process.argv = [process.execPath, script, ...args];
    nodeModule.enableCompileCache?.(process.env.NODE_COMPILE_CACHE ?? compileCacheOf(root));
    watchNpm(() => process.kill(process.pid, "SIGTERM"));
    await import(pathToFileURL(script).href);
    return;
  }
  process.exitCode = await runUnder(binary, script, args, compileCacheOf(root));
}

/** Runs an entry point: what a person can mend is said in a line, everything else is thrown. */
export async function entryPoint(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`longshore: ${error.message}\n`);
    process.exitCode = 1;
  }
}
