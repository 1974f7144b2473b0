import { defineConfig } from "vitest/config";

/** Pure tests and tests on a real PostgreSQL, in Node. */
export default defineConfig({
  test: {
    include: ["test/unit/**/*.test.ts"],
    globalSetup: ["test/postgres-setup.ts"],
    // Vitest leaves one core to itself; these wait for PostgreSQL often enough to use two.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
