// How the tests run: each file in a process of its own, since they start servers and watch processes end.
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Packages load graphql's CommonJS build, as Node.js does: a second copy of it would know none of their types.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    pool: "forks",
    // Many tests wait for processes: one more than the cores of a small machine.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
