import { defineConfig } from "vitest/config";

/** What must agree: the layout, wrangler.toml, the registries, the schema, the table of codes. */
export default defineConfig({
  test: { include: ["test/wiring/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 60_000 },
});
