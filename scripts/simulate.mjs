// npm run simulate [-- --seeds N | --minutes M | --replay SEED]: sets the checkout up, then runs simulated worlds
// (src/simulation/main.ts).
import path from "node:path";
import { entryPoint, runScript } from "./node24.mjs";
import { projectRoot, setUp } from "./setup.mjs";

await entryPoint(async () => {
  await setUp();
  await runScript(
    projectRoot,
    path.join(projectRoot, "src/simulation/main.ts"),
    process.argv.slice(2),
  );
});
