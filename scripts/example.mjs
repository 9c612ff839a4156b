// npm run example -- NAME: sets the checkout up, then runs examples/NAME/main.ts with longshore/client as it is in src/.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { entryPoint, findNode } from "./node24.mjs";
import { projectRoot, setUp, SetupError } from "./setup.mjs";

await entryPoint(async () => {
  const [name = "", ...args] = process.argv.slice(2);
  const folder = path.join(projectRoot, "examples");
  const main = path.join(folder, name, "main.ts");
  if (!existsSync(main)) {
    const names = readdirSync(folder).filter((each) =>
      existsSync(path.join(folder, each, "main.ts")),
    );
    throw new SetupError(`There is no example "${name}": npm run example -- ${names.join(" | ")}`);
  }
  await setUp();
  // What `npm start` says of its Redis and its simulator; what is set already stays.
  const demo = path.join(projectRoot, ".longshore/demo.env");
  const settings = existsSync(demo) ? [`--env-file=${demo}`] : [];
  const options = [...settings, "--conditions=longshore-source", main, ...args];
  const child = spawn(findNode(projectRoot) ?? process.execPath, options, { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise((resolve) => {
    child.on("exit", (code) => resolve(code ?? 1));
  });
});
