// Makes a checkout ready to run: installs the dependencies that package-lock.json names, once, and only when they differ.
// Runs on the Node.js that the machine has, before anything is installed: node: modules only. Writes nothing to stdout.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The folder of package.json. */
export const projectRoot = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Something a person has to mend: printed without a stack trace. */
export class SetupError extends Error {}

const longestWaitMs = 10 * 60_000;
const say = (line) => process.stderr.write(`longshore: ${line}\n`);

const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
};

/** Why node_modules does not hold what the lock file names; undefined when it does. */
export function mismatch(lock, installed, { withDevelopment }) {
  if (installed === undefined) return "dependencies are not installed yet";
  for (const [place, wanted] of Object.entries(lock.packages ?? {})) {
    if (place === "" || wanted.link) continue;
    if ((wanted.dev || wanted.devOptional) && !withDevelopment) continue;
    const found = installed.packages?.[place];
    if (found === undefined && (wanted.optional || wanted.devOptional || wanted.peer)) continue;
    if (found?.version !== wanted.version)
      return `${place.replace(/^.*node_modules\//, "")} is ${found?.version ?? "missing"}, package-lock.json names ${wanted.version}`;
  }
  return undefined;
}

function reasonToInstall(root, withDevelopment) {
  const lockText = readFileSync(path.join(root, "package-lock.json"), "utf8");
  const hash = createHash("sha256").update(lockText).digest("hex");
  const stamp = path.join(root, "node_modules", ".longshore-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return undefined;
  // No stamp of ours: perhaps the user's own npm install. npm keeps a lock of what it has put there.
  const installed = readJson(path.join(root, "node_modules", ".package-lock.json"));
  const lock = JSON.parse(lockText);
  if (mismatch(lock, installed, { withDevelopment: true }) === undefined) {
    writeFileSync(stamp, hash);
    return undefined;
  }
  return mismatch(lock, installed, { withDevelopment });
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
};

/** Removes the lock of a process that is gone. A lock that another process has just taken is put back. */
function clearDeadLock(lockFile) {
  const aside = `${lockFile}.${process.pid}`;
  try {
    renameSync(lockFile, aside);
    if (isAlive(Number(readFileSync(aside, "utf8")))) linkSync(aside, lockFile);
  } catch {
    // Somebody else cleared it or took it first: the next round sees.
  }
  rmSync(aside, { force: true });
}

/** Runs `work` while no other process of this checkout does; waits for its turn. */
export async function whileLocked(lockFile, work) {
  mkdirSync(path.dirname(lockFile), { recursive: true });
  const mine = `${lockFile}.new-${process.pid}`;
  const giveUpAt = Date.now() + longestWaitMs;
  let told = false;
  for (;;) {
    try {
      writeFileSync(mine, String(process.pid));
      linkSync(mine, lockFile); // appears with its content, or fails: never an empty lock
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    } finally {
      rmSync(mine, { force: true });
    }
    const holder = Number(existsSync(lockFile) ? readFileSync(lockFile, "utf8") : Number.NaN);
    if (!Number.isNaN(holder) && !isAlive(holder)) {
      clearDeadLock(lockFile);
      continue;
    }
    if (!told && !Number.isNaN(holder)) {
      say(`process ${holder} is installing the dependencies; waiting for it`);
      told = true;
    }
    if (Date.now() > giveUpAt)
      throw new SetupError(
        `Process ${holder} has been installing for too long: end it, or remove ${lockFile}.`,
      );
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

/** The command that runs npm: the npm that started us, else the one on the path. */
function npmCommand() {
  const started = process.env.npm_execpath;
  if (started && path.basename(started) === "npm-cli.js" && existsSync(started))
    return [process.execPath, started];
  return ["npm"];
}

/** What to tell a person, by what npm said; the first that fits. */
const advice = [
  [
    /can only install packages when/,
    "package.json and package-lock.json do not fit together: run `npm install --package-lock-only`",
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|EHOSTUNREACH|self.signed|UNABLE_TO_/i,
    "The package registry could not be reached: check the connection (and `npm config get registry`, `npm config get proxy`)",
  ],
  [/ENOSPC/, "The disk is full: make room"],
  [/EACCES|EPERM/, "You may not write here: check who owns this folder and node_modules"],
  [/(?:)/, "`npm ci` failed: mend what it said above"],
];

/** What to tell a person when `npm ci` failed with this output. */
export function explainFailure(output) {
  const detail = output
    .split("\n")
    .filter((line) => !/^(npm error)?\s*$|A complete log of this run|^npm error\s+at /.test(line))
    .slice(0, 6)
    .join("\n");
  const [, words] = advice.find(([pattern]) => pattern.test(output));
  return `${detail}\n${words}, then run the same command again.`;
}

async function install(root) {
  const packages = Object.keys(readJson(path.join(root, "package-lock.json"))?.packages ?? {});
  say(`installing ${packages.length - 1} packages (npm ci; once, about half a minute)`);
  const begun = Date.now();
  const [command, ...first] = npmCommand();
  const options = "ci --include=dev --include=optional --ignore-scripts --no-progress".split(" ");
  options.push("--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000");
  const child = spawn(command, [...first, ...options], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (output += text));
  const seconds = () => Math.round((Date.now() - begun) / 1000);
  const ticking = setInterval(() => say(`still installing, ${seconds()} s`), 10_000);
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  })
    .catch((error) => {
      throw new SetupError(
        error.code === "ENOENT" ? "npm was not found: install Node.js with npm." : error.message,
      );
    })
    .finally(() => clearInterval(ticking));
  if (code !== 0) throw new SetupError(explainFailure(output));
  const hash = createHash("sha256").update(readFileSync(path.join(root, "package-lock.json")));
  writeFileSync(path.join(root, "node_modules", ".longshore-lock"), hash.digest("hex"));
  say(`dependencies installed in ${seconds()} s`);
}

/**
 * Installs what is missing. Safe to run from several processes at once.
 * `withDevelopment`: the tools for tests and builds are needed too, not only what runs in production.
 * LONGSHORE_SETUP=off trusts node_modules as it is. Throws {@link SetupError}.
 */
export async function setUp({ root = projectRoot, withDevelopment = true } = {}) {
  if (process.env.LONGSHORE_SETUP === "off") return;
  if (reasonToInstall(root, withDevelopment) === undefined) return;
  await whileLocked(path.join(root, ".longshore", "setup.lock"), async () => {
    const reason = reasonToInstall(root, withDevelopment);
    if (reason === undefined) return;
    say(reason);
    await install(root);
  });
}
