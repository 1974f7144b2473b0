/** The version of a local run is that of its source: a restart is no other version. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { codeVersion } from "../../../src/local/code-version.ts";

test("it is the commit, with a hash of the bundle while the source has changed, and the hash alone without git", () => {
  const project = mkdtempSync(join(tmpdir(), "agonus-version-"));
  try {
    const script = join(project, "index.js");
    writeFileSync(script, "one");
    const bare = codeVersion(project, script);
    expect(bare).toMatch(/^bundle-[0-9a-f]{8}$/);
    const git = (...args: string[]) =>
      expect(spawnSync("git", ["-C", project, "-c", "user.name=t", "-c", "user.email=t@t", ...args]).status).toBe(0);
    writeFileSync(join(project, "wrangler.toml"), "one");
    git("init", "-q");
    git("add", "wrangler.toml");
    git("commit", "-qm", "one");
    const commit = codeVersion(project, script);
    expect(commit).toMatch(/^[0-9a-f]{12}$/);
    writeFileSync(join(project, "notes.md"), "in no bundle");
    expect(codeVersion(project, script)).toBe(commit);
    writeFileSync(join(project, "wrangler.toml"), "two");
    const changed = codeVersion(project, script);
    expect(changed).toBe(`${commit}+${bare.slice(-8)}`);
    writeFileSync(script, "two");
    expect(codeVersion(project, script)).not.toBe(changed);
  } finally {
    rmSync(project, { recursive: true });
  }
});
