import { defineConfig } from "vitest/config";
import { longestFirst } from "./test/support/longest-first.ts";

/** The pages in a real Chromium, on one running stack for all files. Files run side by side: all but acting.test.ts change nothing that another sees. */
export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    globalSetup: ["test/support/browser/setup.ts"],
    maxWorkers: 2,
    sequence: { sequencer: longestFirst("acting", "replay") },
    // A limit for what hangs, not for a slow machine.
    // As long as a locator waits.
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 30_000,
  },
});
