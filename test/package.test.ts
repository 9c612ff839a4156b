// The package as others install it: built as before `npm pack`, then imported, typed and bundled by a project that has
// nothing of this checkout but that.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../src/redis-server/start.ts";
import { startSimulator } from "../src/simulator/server.ts";
import { testRedis } from "../src/testing/redis.ts";
import { until } from "../src/testing/longshore.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
let project: string;

beforeAll(async () => {
  await run(process.execPath, [join(root, "scripts/build-package.mjs")]);
  project = await mkdtemp(join(tmpdir(), "longshore-user-"));
  await mkdir(join(project, "node_modules"));
  await symlink(root, join(project, "node_modules/longshore"));
  const compilerOptions = { strict: true, module: "nodenext", target: "es2024", noEmit: true };
  await writeFile(join(project, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(
    join(project, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: { ...compilerOptions, lib: ["es2024", "dom"], types: ["node"] },
    }),
  );
}, 90_000);
afterAll(async () => {
  await rm(project, { recursive: true, force: true });
});

test("longshore/client and longshore/scheduler are plain JavaScript with their types", async () => {
  await writeFile(
    join(project, "index.js"),
    `import { createLongshore } from "longshore/client";
     const longshore = createLongshore({ url: "http://127.0.0.1:1" });
     console.log(await longshore.list("tasks").catch(({ code }) => code));`,
  );
  const { stdout } = await run(process.execPath, [join(project, "index.js")]);
  expect(stdout.trim()).toBe("UNREACHABLE");
  await writeFile(
    join(project, "index.ts"),
    `import { createLongshore } from "longshore/client";
     const longshore = createLongshore({ url: "http://127.0.0.1:1" });
     const tasks = longshore.informer({ watch: "tasks", indexes: { family: (task) => task.family } });
     tasks.on("modified", (task, before) => console.log(task.lastStatus, before.stoppedReason));
     const wrong: number = tasks.byIndex("family", "lamp")[0]!.arn;`,
  );
  await copyFile(join(root, "examples/bin-pack/main.ts"), join(project, "scheduler.ts"));
  await symlink(join(root, "node_modules/@types"), join(project, "node_modules/@types"));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const checked = await run(process.execPath, [tsc, "--project", project]).catch((error) => error);
  expect(checked.stdout.trim()).toMatch(
    /^\S*index\.ts\(5,12\): error TS2322: Type 'string' is not assignable to type 'number'\.$/,
  );
}, 60_000);

test("longshore/testing runs worlds, the same ones on every Node.js from 20 on", async () => {
  await writeFile(
    join(project, "world.js"),
    `import { world } from "longshore/testing";
     const program = ({ client, note }) => {
       const tasks = client.informer({ watch: "tasks" });
       tasks.on("added", (task) => note(task.family));
       return { close: () => tasks.close() };
     };
     const { breaches, hash } = await world({ seed: 3, program, troubleSeconds: 20 });
     console.log(hash, breaches);`,
  );
  const [here, elsewhere] = await Promise.all(
    // The one that this test runs on, and the one that npm was called with.
    [process.execPath, process.env["npm_node_execpath"] ?? "node"].map((node) =>
      run(node, [join(project, "world.js")]),
    ),
  );
  expect(here?.stdout).toMatch(/^[0-9a-f]{8} \[\]\n$/);
  expect(elsewhere?.stdout).toBe(here?.stdout);
}, 60_000);

test("docs/client-api.md says what is exported", async () => {
  const scripts = join(root, "scripts/client-docs.mjs");
  const { clientDocs }: { clientDocs: () => string } = await import(scripts);
  expect(await readFile(join(root, "docs/client-api.md"), "utf8")).toBe(clientDocs());
});

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** What `npm pack` makes of this checkout as it is built by now. */
async function pack(): Promise<{ readonly tarball: string; readonly paths: readonly string[] }> {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", project];
  const { stdout } = await run("npm", args, { cwd: root });
  const [packed]: readonly Packed[] = JSON.parse(stdout);
  if (!packed) throw new Error(`npm pack said ${stdout}`);
  return {
    tarball: join(project, packed.filename),
    paths: packed.files.map(({ path }) => path),
  };
}

/** A folder where only the package is, as npm unpacks it, and the dependencies that the lock file has in production. */
async function install(tarball: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "longshore-installed-"));
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "longshore"), { recursive: true });
  await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", join(modules, "longshore")]);
  const lock: { packages: Record<string, { dev?: true; optional?: true }> } = JSON.parse(
    await readFile(join(root, "package-lock.json"), "utf8"),
  );
  for (const [path, { dev, optional }] of Object.entries(lock.packages)) {
    // Those inside of others come with them.
    if (dev || optional || !/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path)) continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await symlink(join(root, path), join(folder, path));
  }
  return folder;
}

test("the tarball holds what runs and nothing else, and serves from an empty folder", async () => {
  const { tarball, paths } = await pack();
  const wanted =
    /^(bin|lib|dist\/web|deploy)\/|^scripts\/(setup|node24)\.mjs$|^(package\.json|schema\.graphql|README\.md|LICENSE)$/;
  expect(paths.filter((path) => !wanted.test(path))).toEqual([]);
  expect(
    paths.filter((path) =>
      /\.test\.|\/(test-|fake-)|^lib\/(testing|chaos)\/|^lib\/simulation\/(main|run)\./.test(path),
    ),
  ).toEqual([]);
  const folder = await install(tarball);
  const [redis, simulator] = [await testRedis(), await startSimulator({ instances: 1, tasks: 1 })];
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(
    process.execPath,
    [join(folder, "node_modules/longshore/bin/longshore.mjs"), "serve"],
    {
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        REDIS_URL: redis.url,
        LONGSHORE_PORT: new URL(url).port,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_ENDPOINT_URL: simulator.url,
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  try {
    const ready = async () => {
      if (child.exitCode !== null) throw new Error(output);
      return (await fetch(`${url}/readyz`)).ok || undefined;
    };
    await until("a ready API", ready, 60_000);
    expect(await (await fetch(`${url}/`)).text()).toContain("<script");
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
  } finally {
    child.kill("SIGKILL");
    await simulator.close();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
