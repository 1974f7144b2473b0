/** The project's own files, as text, and what each imports. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** Known to git, or new and not ignored: what a clone would have. Paths from the root. */
export function projectFiles(...patterns: string[]): string[] {
  // CI's root reads a clone that may belong to another account, which git distrusts unless told.
  const trust = ["-c", "safe.directory=*"];
  const list = execFileSync(
    "git",
    [...trust, "ls-files", "--cached", "--others", "--exclude-standard", "--", ...patterns],
    { cwd: ROOT, encoding: "utf8" },
  );
  return list.split("\n").filter((file) => file !== "" && existsSync(join(ROOT, file)));
}

export const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

export interface Import {
  readonly from: string;
  /** A path from the root, or a package's name as written. */
  readonly to: string;
  readonly own: boolean;
  readonly typeOnly: boolean;
}

const STATEMENT =
  /^(?:import|export)\s+(type\s)?[^"';]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;

export function importsOf(file: string): Import[] {
  return [...read(file).matchAll(STATEMENT)].map((match) => {
    const target = match[2] ?? match[3] ?? match[4] ?? "";
    const own = target.startsWith(".");
    const to = own ? normalize(join(dirname(file), target)) : target;
    return { from: file, to, own, typeOnly: match[1] !== undefined };
  });
}

/** Without what is only said about the code. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`])\/\/.*$/gm, "$1");
}
