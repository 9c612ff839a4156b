// Two hundred fixed seeds, as `npm run simulate` runs them: on all cores, with every checker on.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const seeds = 200;

/** What it prints: one that fails exits with 1, and says why. */
function simulate(...options: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...options], (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    );
  });
}

test(`${seeds} worlds hold`, { timeout: 900_000 }, async () => {
  const text = await simulate("--seeds", String(seeds));
  expect(text).toContain(`${seeds} worlds in`);
  // Behind each stands why, and how to replay it.
  expect(text.split(/^FAILED {2}world /m).slice(1)).toEqual([]);
});
