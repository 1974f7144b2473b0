import { defineConfig } from "vitest/config";

/** The pages in a real Chromium, on one running stack for all files. */
export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    globalSetup: ["test/browser/setup.ts"],
    fileParallelism: false,
    // As long as a locator waits.
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 120_000,
    hookTimeout: 240_000,
    teardownTimeout: 30_000,
  },
});
