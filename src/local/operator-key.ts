/** The operator key of a local run: made once, kept in the data folder, readable by its owner alone. */
import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { limits } from "../core/limits.ts";

export function operatorKey(dataDir: string): string {
  const file = join(dataDir, "operator-key");
  try {
    const key = readFileSync(file, "utf8").trim();
    chmodSync(file, 0o600);
    if (key !== "") return longEnough(key, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  const fresh = randomBytes(24).toString("base64url");
  writeFileSync(file, `${fresh}\n`, { mode: 0o600 });
  return fresh;
}

function longEnough(key: string, file: string): string {
  if (key.length >= limits.operatorKeyCharsMin) return key;
  throw new Error(
    `The operator key in ${file} has ${key.length} characters, and must have at least ${limits.operatorKeyCharsMin}: delete the file, and the next start makes a new key.`,
  );
}
