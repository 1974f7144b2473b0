/** Folders for what a test's server keeps. */
import { statfsSync } from "node:fs";
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system in memory. A database is a thousand small files here, and making them took more time than most tests. */
const MEMORY = "/dev/shm";
/** What a stage's databases may need at once, several times over. */
const ROOM_BYTES = 2_000_000_000;

/** Makes a folder that the account of a server may enter, in memory where there is room. */
export async function scratchFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(hasRoom() ? MEMORY : tmpdir(), prefix));
  // Under root the server runs as another account, which must be able to enter this folder.
  await chmod(folder, 0o711);
  return folder;
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ROOM_BYTES;
  } catch {
    return false;
  }
}
