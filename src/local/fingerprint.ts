/** Tells whether something was built of the sources as they are now. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** A hash of the names and contents of these files and of all files in these folders; `paths` from the project's folder. Words (.md) don't count. */
export function fingerprint(project: string, paths: readonly string[]): string {
  const hash = createHash("sha256");
  const files = paths.flatMap((path) => {
    const at = join(project, path);
    if (!statSync(at).isDirectory()) return [at];
    return readdirSync(at, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".md"))
      .map((entry) => join(entry.parentPath, entry.name));
  });
  for (const file of files.sort()) {
    hash
      .update(`${file.slice(project.length)}\n`)
      .update(readFileSync(file))
      .update("\n");
  }
  return hash.digest("hex");
}
