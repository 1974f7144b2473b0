/** `npm run docs`: makes anew what is generated in docs/. A test fails while a page is not what this makes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../local/wrangler.ts";
import { generatedPages } from "./docs-pages.ts";

const readPage = (path: string): string => readFileSync(join(PROJECT, path), "utf8");

for (const [path, text] of Object.entries(generatedPages(readPage))) writeFileSync(join(PROJECT, path), text);
// The channel to the process that started this one would keep it alive.
process.exit();
