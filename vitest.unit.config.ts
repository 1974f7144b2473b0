import { defineConfig } from "vitest/config";

/** Pure tests and tests on a real PostgreSQL, in Node. */
export default defineConfig({
  test: {
    include: ["test/unit/**/*.test.ts"],
    globalSetup: ["test/postgres-setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
