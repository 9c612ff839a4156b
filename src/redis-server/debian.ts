// A private copy of Redis, or of another program, from the packages of Debian or Ubuntu: downloaded and unpacked into a
// folder of ours.
// Needs no root and changes nothing outside that folder, not even apt's own lists.
import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import type { Environment } from "../config.ts";

/** A server program and the environment variables that it needs to run. */
export interface RedisProgram {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

type Run = (command: string, args: readonly string[]) => Promise<string>;

/** A program, and where to get it. */
export interface Wanted {
  /** Its file, in usr/bin or usr/sbin. */
  readonly program: RegExp;
  /** Packages to try, in this order: its own, then what it needs where apt cannot work that out; `alone`: nothing. */
  readonly choices: readonly {
    readonly server: string;
    readonly also: readonly string[];
    readonly alone?: true;
  }[];
}

const redis: Wanted = {
  program: /^(redis|valkey)-server$/,
  choices: [
    { server: "redis-server", also: ["redis-tools", "libjemalloc2", "liblzf1"] },
    { server: "valkey-server", also: ["valkey-tools", "libjemalloc2", "liblzf1"] },
  ],
};

const limits = { timeout: 300_000, maxBuffer: 64 * 1024 * 1024 };

const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Runs a program in `cwd`; a failure is thrown with the last line that it wrote. */
function runner(cwd: string, environment: Environment): Run {
  return async (command, args) => {
    try {
      const { stdout } = await promisify(execFile)(command, [...args], {
        ...limits,
        cwd,
        // English messages, and dpkg's own folders, which a short path may lack.
        env: { ...environment, PATH: systemPath, LC_ALL: "C" },
      });
      return stdout;
    } catch (error) {
      const output =
        error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
      const line = output
        .split("\n")
        .filter((text) => /^E:|^dpkg-deb:|ENOENT/.test(text))
        .at(-1);
      throw new Error(`${command} ${args.at(-1) ?? ""}: ${line ?? output.trim().slice(-200)}`, {
        cause: error,
      });
    }
  };
}

/** Options that give apt lists and a cache of its own under `folder`, and skip the system's hooks. */
async function privateApt(folder: string): Promise<string[]> {
  for (const name of ["lists/partial", "cache/archives/partial"])
    await mkdir(join(folder, name), { recursive: true });
  const file = join(folder, "apt.conf");
  await writeFile(
    file,
    [
      `Dir::State::lists "${join(folder, "lists")}";`,
      `Dir::Cache "${join(folder, "cache")}";`,
      `Acquire::Languages "none";`,
      `APT::Sandbox::User "";`,
      `Debug::NoLocking "true";`,
      `#clear APT::Update::Pre-Invoke;`,
      `#clear APT::Update::Post-Invoke;`,
      `#clear APT::Update::Post-Invoke-Success;`,
      "",
    ].join("\n"),
  );
  return ["-q", `-c=${file}`];
}

/** What apt would install to get `server`: only what the system lacks. Undefined when apt cannot tell. */
async function missingPackages(
  run: Run,
  apt: readonly string[],
  server: string,
): Promise<string[] | undefined> {
  try {
    const plan = await run("apt-get", [...apt, "-s", "--no-install-recommends", "install", server]);
    const names = [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? "");
    return names.length > 0 ? names : undefined;
  } catch {
    return undefined;
  }
}

async function download(run: Run, apt: readonly string[], { choices }: Wanted): Promise<void> {
  let problem: unknown;
  for (const { server, also, alone } of choices) {
    const missing = alone ? undefined : await missingPackages(run, apt, server);
    const packages = missing ?? [server, ...also];
    try {
      await run("apt-get", [...apt, "download", ...packages]);
      return;
    } catch (error) {
      problem ??= error;
    }
  }
  throw problem;
}

async function filesNamed(folder: string, wanted: RegExp): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => wanted.test(entry.name) && !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Where the program and its libraries lie, relative to `folder`. */
async function survey(
  folder: string,
  wanted: Wanted,
): Promise<{ command: string; libraries: string[] }> {
  const files = await filesNamed(join(folder, "usr"), wanted.program);
  const program = files.find((file) => /\/s?bin\/[^/]+$/.test(file));
  if (program === undefined) throw new Error("the packages hold no server program");
  const libraries = new Set(
    (await filesNamed(folder, /\.so(\.\d+)*$/)).map((file) => dirname(file)),
  );
  return {
    command: relative(folder, program),
    libraries: [...libraries].map((place) => relative(folder, place)),
  };
}

const noteName = "longshore.json";

/** The copy that an earlier fetch left in `folder`; undefined when there is none. */
export async function readPrivateCopy(folder: string): Promise<RedisProgram | undefined> {
  let note: unknown;
  try {
    note = JSON.parse(await readFile(join(folder, noteName), "utf8"));
  } catch {
    return undefined;
  }
  if (typeof note !== "object" || note === null || !("command" in note) || !("libraries" in note))
    return undefined;
  if (typeof note.command !== "string" || !Array.isArray(note.libraries)) return undefined;
  const libraries = note.libraries.map((place) => join(folder, String(place)));
  return { command: join(folder, note.command), env: { LD_LIBRARY_PATH: libraries.join(":") } };
}

/** Puts the finished copy in place. Another process may have been faster: then its copy stays. */
async function settle(built: string, folder: string): Promise<void> {
  try {
    await rename(built, folder);
  } catch {
    if (await readPrivateCopy(folder)) return;
    await rm(folder, { recursive: true, force: true });
    await rename(built, folder);
  }
}

/**
 * Downloads and unpacks a Redis server, or what is wanted, into `folder` (several processes may try at once).
 * First with the system's package lists; where those are missing or old, with lists of its own.
 * Throws with the reason when this is no Debian or the packages cannot be had.
 */
export async function fetchFromDebian(
  folder: string,
  environment: Environment,
  progress: (line: string) => void = () => {},
  wanted = redis,
): Promise<RedisProgram> {
  for (const tool of ["/usr/bin/apt-get", "/usr/bin/dpkg-deb"])
    await access(tool).catch(() => {
      throw new Error(`this system has no ${basename(tool)}`);
    });
  await mkdir(dirname(folder), { recursive: true });
  const work = await mkdtemp(`${folder}-fetch-`);
  try {
    const run = runner(work, environment);
    await download(run, ["-q", "-o", "APT::Sandbox::User="], wanted).catch(async () => {
      progress(
        "the system's package lists are missing or old: reading fresh ones, for this copy only",
      );
      const own = await privateApt(join(work, "apt"));
      await run("apt-get", [...own, "update"]);
      await download(run, own, wanted);
    });
    const unpacked = join(work, "unpacked");
    for (const file of await readdir(work))
      if (file.endsWith(".deb")) await run("dpkg-deb", ["-x", file, unpacked]);
    const found = await survey(unpacked, wanted);
    await writeFile(join(unpacked, noteName), JSON.stringify(found));
    await settle(unpacked, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const copy = await readPrivateCopy(folder);
  if (copy === undefined) throw new Error(`${folder} could not be written`);
  return copy;
}
