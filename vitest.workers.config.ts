import { readFileSync } from "node:fs";
import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig, type Plugin } from "vitest/config";

/** The Worker in workerd, as wrangler.toml's local environment has it, on a real PostgreSQL through the Neon driver. */
export default defineConfig({
  plugins: [
    withoutPackageMaps(),
    cloudflareTest(({ inject }) => ({
      main: "./test/workers/worker.ts",
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        bindings: {
          DATABASE_URL: inject("databaseUrl"),
          DATABASE_PROXY_URL: inject("databaseProxyUrl"),
          OPERATOR_KEY: "operator-key-of-the-tests",
          COINBASE_URL: inject("coinbaseUrl"),
          WEBHOOK_LOOPBACK: "true",
          LLM_LOOPBACK: "true",
        },
      },
    })),
  ],
  test: {
    include: ["test/workers/**/*.test.ts"],
    globalSetup: ["test/workers/global-setup.ts"],
    // One database, one clock: one file at a time.
    fileParallelism: false,
    // A worker anew for each file took two fifths of the time. So a file leaves no mock, stub or timer behind.
    isolate: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // The Worker's log of a test that failed is worth reading; the others' is noise.
    silent: "passed-only",
  },
});

/** Packages ship source maps without their sources, and Vite says a line about each. */
function withoutPackageMaps(): Plugin {
  return {
    name: "without-package-maps",
    enforce: "pre",
    load: {
      filter: { id: /\/node_modules\/(trading-signals|standardwebhooks|@workflow\/serde|eventsource-parser)\/.*\.js$/ },
      handler: (id) => readFileSync(id, "utf8").replace(/\/\/# sourceMappingURL=.*$/m, ""),
    },
  };
}
