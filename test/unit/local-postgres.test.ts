/** The embedded PostgreSQL, where it must not start. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startPostgres } from "../../src/local/postgres.ts";

const folder = mkdtempSync(join(tmpdir(), "agonus-postgres-"));
chmodSync(folder, 0o711);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a cluster of another major version is refused, with a way on, and left as it is", async () => {
  const dataDir = join(folder, "pg");
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, "PG_VERSION"), "18\n");
  await expect(startPostgres({ dataDir })).rejects.toThrow(
    /pg was made by PostgreSQL 18, .* runs PostgreSQL 17\. .*npm run backup.*npm run db:reset/,
  );
  expect(readdirSync(dataDir)).toEqual(["PG_VERSION"]);
  expect(readFileSync(join(dataDir, "PG_VERSION"), "utf8")).toBe("18\n");
});
