import { defineConfig } from "vitest/config";

/** The commands as a user starts them. One file at a time: each may own a whole stack. */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    teardownTimeout: 30_000,
  },
});
