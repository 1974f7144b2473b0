import { defineConfig } from "vitest/config";
import { longestFirst } from "./test/support/longest-first.ts";

/** Pure tests and tests on a real PostgreSQL, in Node. */
export default defineConfig({
  test: {
    include: ["test/unit/**/*.test.ts"],
    globalSetup: ["test/support/postgres-setup.ts"],
    // Vitest leaves one core to itself; these wait for PostgreSQL often enough to use two.
    maxWorkers: 2,
    // Loading the same modules anew for each file took a fifth of the time. So a file leaves no mock, stub or timer behind.
    isolate: false,
    sequence: {
      sequencer: longestFirst("between-steps", "operator-walk", "must-go-on", "growth", "commands", "amounts"),
    },
    // As every limit here: for what hangs, not for a slow machine.
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
