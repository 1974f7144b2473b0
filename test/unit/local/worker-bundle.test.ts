import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fingerprint } from "../../../src/local/fingerprint.ts";
import { keptBundle } from "../../../src/local/worker/bundle.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "agonus-bundle-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Bundles `text` under the key into a folder of that name. */
function bundle(key: string, name: string, text: string, store = join(root, "store")) {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  const make = async () => {
    writeFileSync(join(folder, "index.js"), text);
    writeFileSync(join(folder, "index.js.map"), JSON.stringify({ sources: ["../src/one.ts"] }));
  };
  return keptBundle({ store, key, folder, make });
}
const script = (name: string) => readFileSync(join(root, name, "index.js"), "utf8");

test("a bundle is made once for its sources, and the next data folder gets the same, for its owner alone", async () => {
  expect(await bundle("k1", "a", "one")).toBe(true);
  expect(await bundle("k1", "b", "never made")).toBe(false);
  expect(script("b")).toBe("one");
  // The map is right in any folder.
  const map = JSON.parse(readFileSync(join(root, "b", "index.js.map"), "utf8"));
  expect(map.sources).toEqual([join(root, "src/one.ts")]);
  for (const file of ["b/index.js", "b/index.js.map", "store/k1"])
    expect(statSync(join(root, file)).mode & 0o077, file).toBe(0);
  expect(await bundle("k2", "b", "two")).toBe(true);
  expect(script("b")).toBe("two");
});

test("a few bundles are kept, and one that can't be kept or is half there is made again", async () => {
  for (const n of [1, 2, 3, 4, 5, 6]) await bundle(`k${n}`, "a", `${n}`);
  const kept = readdirSync(join(root, "store"));
  expect(kept).toHaveLength(4);
  expect(kept).toContain("k6");
  rmSync(join(root, "store/k6/index.js.map"));
  expect(await bundle("k6", "a", "again")).toBe(true);
  expect(script("a")).toBe("again");
  writeFileSync(join(root, "file"), "");
  for (let times = 0; times < 2; times++)
    expect(await bundle("k1", "a", "no place", join(root, "file/store"))).toBe(true);
});

test("a fingerprint changes with a name or a content, and not with words", () => {
  mkdirSync(join(root, "src"));
  const put = (name: string, text: string) => writeFileSync(join(root, name), text);
  put("src/one.ts", "1");
  put("lock.json", "{}");
  const look = () => fingerprint(root, ["src", "lock.json"]);
  const first = look();
  put("src/README.md", "words");
  expect(look()).toBe(first);
  const seen = new Set([first]);
  for (const [name, text] of [
    ["src/one.ts", "2"],
    ["src/two.ts", ""],
    ["lock.json", "{ }"],
  ] as const) {
    put(name, text);
    seen.add(look());
  }
  expect(seen.size).toBe(4);
});
