import { defineConfig } from "vitest/config";

/** Simulated histories: processes of their own, on the run's one PostgreSQL. */
export default defineConfig({
  test: {
    // The twins are run by name (vitest run --config vitest.sim.config.ts twins): their seeds need finding anew, docs/recovery.md.
    include: process.argv.includes("twins") ? ["test/sim/twins.test.ts"] : ["test/sim/seeds.test.ts"],
    globalSetup: ["test/postgres-setup.ts"],
    maxWorkers: 1,
    maxConcurrency: 2,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
