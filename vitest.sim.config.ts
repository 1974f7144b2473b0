import { defineConfig } from "vitest/config";

/** Simulated histories: each process has a PostgreSQL of its own, as process.ts explains. */
export default defineConfig({
  test: {
    // The broken twins take minutes: by name, `npm run sim:twins`.
    include: process.argv.includes("twins") ? ["test/sim/twins.test.ts"] : ["test/sim/seeds.test.ts"],
    maxWorkers: 1,
    maxConcurrency: 2,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
