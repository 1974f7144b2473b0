/** Files that are started as processes or loaded by their path: no import names them, so no compiler misses one that has moved. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { projectFiles, ROOT, read } from "../../support/project-files.ts";

test("every script that is named beside its caller is there", () => {
  const named = projectFiles().flatMap((file) =>
    [...read(file).matchAll(/import\.meta\.(?:dirname, "|resolve\(")([^"]+\.(?:ts|mjs|js))"/g)].map(
      ([, path = ""]) => ({
        file,
        path,
      }),
    ),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(({ file, path }) => !existsSync(join(ROOT, dirname(file), path)))).toEqual([]);
});
