// npm start: sets the checkout up, then runs everything against a simulated fleet (src/supervisor).
import path from "node:path";
import { entryPoint, runScript } from "./node24.mjs";
import { projectRoot, setUp } from "./setup.mjs";

await entryPoint(async () => {
  await setUp();
  const args = ["start", ...process.argv.slice(2)];
  await runScript(projectRoot, path.join(projectRoot, "src/cli/main.ts"), args);
});
