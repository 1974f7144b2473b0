import { defineConfig } from "vitest/config";
import { longestFirst } from "./test/support/longest-first.ts";

/** The pages in a real Chromium, on one running stack for all files. Files run side by side: all but acting.test.ts change nothing that another sees. */
export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    globalSetup: ["test/support/browser/setup.ts"],
    maxWorkers: 2,
    sequence: { sequencer: longestFirst("acting", "replay") },
    // As long as a locator waits.
    expect: { poll: { timeout: 120_000 } },
    // A limit for what hangs, not for a slow machine: on one core instead of two, axe needs more than five minutes.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    teardownTimeout: 30_000,
  },
});
