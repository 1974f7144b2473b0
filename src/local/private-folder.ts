/** Folders that only their owner may enter, from the moment they are made and whatever the account's umask is. */
import { chmodSync, mkdirSync } from "node:fs";

/** Makes the folder, or closes one that an older version left open to others. Returns the path. */
export function privateFolder(path: string): string {
  const made = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (made === undefined) chmodSync(path, 0o700);
  return path;
}
