// The checks of `npm test` that are not tests: lock file, format, lint, types, generated code, unused code.
// Each is a program that succeeds or says what is wrong.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** Runs a program; resolves with its exit code and all that it wrote. */
export function run(root, command, args) {
  const bin = path.join(root, "node_modules", ".bin");
  const child = spawn(command, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}`, NO_COLOR: "1" },
  });
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (output += text));
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: 1, output: error.message }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** What codegen.yml writes, as it is, by name. */
function generated(root) {
  const config = readFileSync(path.join(root, "codegen.yml"), "utf8");
  const names = [...config.matchAll(/^ {2}(\S+\.ts):$/gm)].map(([, name]) => name);
  const there = names.filter((name) => existsSync(path.join(root, name)));
  return new Map(there.map((name) => [name, readFileSync(path.join(root, name), "utf8")]));
}

/** The types that come from schema.graphql and the pages' operations must be those that are committed. */
async function generatedIsCurrent(root) {
  const before = generated(root);
  const result = await run(root, "graphql-codegen", ["--config", "codegen.yml"]);
  if (result.code !== 0) return result;
  const changed = [...generated(root)].filter(([name, text]) => before.get(name) !== text);
  const names = changed.map(([name]) => name).join(", ");
  return changed.length === 0
    ? { code: 0, output: "" }
    : {
        code: 1,
        output: `${names} did not fit schema.graphql, or what the pages ask, and was written anew: commit it.`,
      };
}

const program =
  (command, ...args) =>
  (root) =>
    run(root, command, args);

/** Name, what it runs, and what mends it. */
export const checks = [
  {
    name: "lock file",
    check: program("npm", "ci", "--dry-run", "--ignore-scripts", "--loglevel=error"),
    mend: "npm install --package-lock-only",
  },
  { name: "format", check: program("oxfmt", "--check", "."), mend: "npm run format" },
  {
    name: "lint",
    check: program("oxlint", "--type-aware", "--deny-warnings"),
    mend: "npm run lint",
  },
  { name: "types", check: program("tsc", "--noEmit"), mend: "npm run typecheck" },
  { name: "generated code", check: generatedIsCurrent, mend: "npm run codegen" },
  { name: "unused code", check: program("knip", "--no-progress"), mend: "npm run unused" },
];
