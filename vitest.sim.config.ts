import { defineConfig } from "vitest/config";

/** Simulated histories: processes of their own, on the run's one PostgreSQL. */
export default defineConfig({
  test: {
    // The broken twins take minutes: by name, `npm run sim:twins`.
    include: process.argv.includes("twins") ? ["test/sim/twins.test.ts"] : ["test/sim/seeds.test.ts"],
    globalSetup: ["test/sim/setup.ts"],
    maxWorkers: 1,
    maxConcurrency: 2,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
