/** The version of the code that a local run serves: the same as long as the source is the same. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

function git(project: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync("git", ["-C", project, ...args], { encoding: "utf8", timeout: 10_000 });
  return status === 0 ? stdout.trim() : null;
}

/**
 * The commit, such as "3f249ed5ab12". A changed source adds a hash of what was bundled: "3f249ed5ab12+9c01e7f2". Without git the
 * hash alone: "bundle-9c01e7f2". `script`: the bundled Worker.
 */
export function codeVersion(project: string, script: string): string {
  const hash = () => createHash("sha256").update(readFileSync(script)).digest("hex").slice(0, 8);
  const commit = git(project, ["rev-parse", "--short=12", "HEAD"]);
  if (commit === null) return `bundle-${hash()}`;
  // Documents and tests are in no bundle.
  const changed = git(project, [
    "status",
    "--porcelain",
    "--",
    "src",
    "durable-objects",
    "package-lock.json",
    "wrangler.toml",
  ]);
  return changed === "" ? commit : `${commit}+${hash()}`;
}
