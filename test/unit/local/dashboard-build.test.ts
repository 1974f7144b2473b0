import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureDashboard, hasDashboard } from "../../../src/local/dashboard.ts";

let project = "";
const put = (file: string, text: string) => writeFileSync(join(project, file), text);
const built = () => readFileSync(join(project, "dist/dashboard/index.html"), "utf8");

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "agonus-pages-"));
  for (const folder of ["src/dashboard", "src/core", "src/api", "src/markets", "src/http"])
    mkdirSync(join(project, folder), { recursive: true });
  put("package-lock.json", "{}");
  put("tsconfig.json", "{}");
  put("src/dashboard/vite.config.ts", "export default { root: import.meta.dirname };");
  put("src/dashboard/index.html", '<!doctype html><title>one</title><script type="module" src="./main.ts"></script>');
  put("src/dashboard/main.ts", "document.title = 'built';");
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

test("pages are built when a source changed, and only then; asked twice at once, once", async () => {
  expect(hasDashboard(project)).toBe(false);
  const both = await Promise.all([ensureDashboard({ project }), ensureDashboard({ project })]);
  expect(both.toSorted()).toEqual([false, true]);
  expect(built()).toContain("<title>one</title>");
  expect(await ensureDashboard({ project })).toBe(false);
  put("src/dashboard/README.md", "words change nothing");
  expect(await ensureDashboard({ project })).toBe(false);
  put("src/core/rules.ts", "export const rule = 1;");
  expect(await ensureDashboard({ project })).toBe(true);
});

test("sources that don't build are said, and the last build stays; a lock that its maker left is taken over", async () => {
  await ensureDashboard({ project });
  put("src/dashboard/main.ts", 'import "./gone.ts";');
  await expect(ensureDashboard({ project })).rejects.toThrow(/could not be built[\s\S]*gone\.ts/);
  expect(built()).toContain("<title>one</title>");
  put("src/dashboard/main.ts", "document.title = 'mended';");
  put("dist/dashboard.lock", JSON.stringify({ pid: 999_999_999, began: "x" }));
  expect(await ensureDashboard({ project })).toBe(true);
});
