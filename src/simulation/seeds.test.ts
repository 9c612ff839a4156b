// Two hundred fixed seeds, as `npm run simulate` runs them: on all cores, with every checker on.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const seeds = 200;

interface Outcome {
  readonly code: number;
  readonly text: string;
}

function simulate(...options: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...options], (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error ? -1 : 0;
      resolve({ code, text: `${stdout}${stderr}` });
    });
  });
}

test(`${seeds} worlds hold`, { timeout: 900_000 }, async () => {
  const { code, text } = await simulate("--seeds", String(seeds));
  // It says which seed failed, why, and how to replay it.
  expect(text).not.toMatch(/FAILED/);
  expect(text).toContain(`${seeds} worlds in`);
  expect(code).toBe(0);
});
