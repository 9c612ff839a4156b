// The package as others install it: built as before `npm pack`, then imported, typed and bundled by a project that has
// nothing of this checkout but that.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

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
    JSON.stringify({ compilerOptions: { ...compilerOptions, lib: ["es2024", "dom"], types: [] } }),
  );
}, 90_000);
afterAll(async () => {
  await rm(project, { recursive: true, force: true });
});

test("longshore/client is plain JavaScript with its types", async () => {
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
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const checked = await run(process.execPath, [tsc, "--project", project]).catch((error) => error);
  expect(checked.stdout.trim()).toMatch(
    /^\S*index\.ts\(5,12\): error TS2322: Type 'string' is not assignable to type 'number'\.$/,
  );
}, 60_000);

test("docs/client-api.md says what is exported", async () => {
  const scripts = join(root, "scripts/client-docs.mjs");
  const { clientDocs }: { clientDocs: () => string } = await import(scripts);
  expect(await readFile(join(root, "docs/client-api.md"), "utf8")).toBe(clientDocs());
});
