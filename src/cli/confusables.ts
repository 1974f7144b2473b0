/**
 * Makes src/core/text/confusables.ts from Unicode's table: node src/local/run.mjs src/cli/confusables.ts FILE VERSION, where FILE is
 * https://www.unicode.org/Public/security/VERSION/confusables.txt. Only what can stand in a name that is in NFKC and taken
 * apart (NFD) is kept: anything else never meets the table.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../local/worker/wrangler.ts";
import { confusableTable } from "./confusable-table.ts";

const [file, version] = process.argv.slice(2);
if (file === undefined || version === undefined) {
  process.stderr.write("It needs the path of confusables.txt and its version.\n");
  process.exitCode = 1;
} else {
  const lines = [
    "/**",
    ` * Unicode's confusables (UTS 39), version ${version}, as src/cli/confusables.ts packs them: characters that look alike.`,
    " * The data is Unicode's: © 1991-2022 Unicode, Inc., under the Unicode License (https://www.unicode.org/license.txt).",
    " */",
    `export const CONFUSABLES_VERSION = "${version}";`,
    "export const CONFUSABLES =",
    `  "${confusableTable(readFileSync(file, "utf8"))}";`,
    "",
  ];
  writeFileSync(join(PROJECT, "src/core/text/confusables.ts"), lines.join("\n"));
}
