import { defineConfig } from "vitest/config";
import { longestFirst } from "./test/support/longest-first.ts";

/** The commands as a user starts them. Three files at a time: each owns its stacks, folders and ports, and waits much of its time. */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    maxWorkers: 3,
    sequence: {
      sequencer: longestFirst(
        "models",
        "outside",
        "venue",
        "live",
        "replay",
        "walk",
        "backup",
        "local-ports",
        "cassettes",
        "engine-tasks",
      ),
    },
    // A limit for what hangs, not for a slow machine.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    teardownTimeout: 30_000,
  },
});
