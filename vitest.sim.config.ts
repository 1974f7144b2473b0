import { defineConfig } from "vitest/config";

/** Simulated histories: processes of their own, on the run's one PostgreSQL. */
export default defineConfig({
  test: {
    include: ["test/sim/**/*.test.ts"],
    globalSetup: ["test/postgres-setup.ts"],
    maxWorkers: 1,
    maxConcurrency: 2,
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
