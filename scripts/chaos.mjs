// npm run chaos [-- --minutes M] [--seed S]: sets the checkout up, then breaks real processes on purpose (src/chaos).
import { existsSync } from "node:fs";
import path from "node:path";
import { entryPoint, runScript } from "./node24.mjs";
import { projectRoot, setUp, SetupError } from "./setup.mjs";

await entryPoint(async () => {
  await setUp();
  const main = path.join(projectRoot, "src/chaos/main.ts");
  if (!existsSync(main))
    throw new SetupError(`There is no ${main}: chaos runs from a checkout, not from the package.`);
  await runScript(projectRoot, main, process.argv.slice(2));
});
