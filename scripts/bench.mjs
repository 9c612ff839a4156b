// npm run bench [-- NAME]: sets the checkout up, then runs the benchmarks (bench/main.ts).
import { existsSync } from "node:fs";
import path from "node:path";
import { entryPoint, runScript } from "./node24.mjs";
import { projectRoot, setUp, SetupError } from "./setup.mjs";

await entryPoint(async () => {
  await setUp();
  const main = path.join(projectRoot, "bench/main.ts");
  if (!existsSync(main))
    throw new SetupError(`There is no ${main}: this checkout has no benchmarks.`);
  await runScript(projectRoot, main, process.argv.slice(2));
});
