/** One owner a data folder: a second start on the same one would stop the first one's database under its feet. */
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { isSameProcess, processFacts } from "./process.ts";

const Owner = z.object({ pid: z.number(), began: z.string(), what: z.string(), url: z.string().optional() });
export type LockOwner = z.infer<typeof Owner>;

export interface DataLock {
  /** Adds what a second start should be told. */
  describe(facts: { readonly url: string }): void;
  release(): void;
}

/** Thrown when the folder belongs to a living process. */
export class DataFolderBusy extends Error {
  readonly owner: LockOwner;
  constructor(dataDir: string, owner: LockOwner) {
    const where = owner.url ? `, at ${owner.url}` : "";
    super(
      `${dataDir} is in use by \`${owner.what}\` (pid ${owner.pid}${where}). Stop that one first (Ctrl-C there, or \`kill ${owner.pid}\`), or choose another folder with --data DIR.`,
    );
    this.owner = owner;
  }
}

/**
 * Makes the folder if needed and takes it. The lock of a process that has ended is taken over.
 * `what`: the command, for the sentence that a second one gets. Throws DataFolderBusy, or an Error with a sentence.
 */
export function lockDataFolder(dataDir: string, what: string): DataLock {
  const file = join(dataDir, "owner.json");
  makeFolder(dataDir);
  const began = processFacts(process.pid)?.began ?? "unknown";
  const mine: LockOwner = { pid: process.pid, began, what };
  const draft = join(dataDir, `owner.${process.pid}.json`);
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    // A link is made whole or not at all, so nobody ever reads half a lock.
    while (!tryLink(draft, file)) {
      const owner = readOwner(file);
      if (owner && isSameProcess(owner.pid, owner.began)) throw new DataFolderBusy(dataDir, owner);
      dropStale(file, owner);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    describe: ({ url }) => writeFileSync(file, JSON.stringify({ ...mine, url }), { mode: 0o600 }),
    release: () => {
      const owner = readOwner(file);
      if (owner?.pid === mine.pid && owner.began === mine.began) rmSync(file, { force: true });
    },
  };
}

/** The living owner of a data folder, or null. */
export function lockOwner(dataDir: string): LockOwner | null {
  const owner = readOwner(join(dataDir, "owner.json"));
  return owner && isSameProcess(owner.pid, owner.began) ? owner : null;
}

function makeFolder(dataDir: string): void {
  try {
    // Node's recursive mkdir says ENOENT on a read-only disk: so the nearest folder that exists is asked first.
    accessSync(nearestFolder(dataDir), constants.W_OK);
    makeFolders(dataDir);
    chmodSync(dataDir, 0o711);
    const probe = join(dataDir, `.probe-${process.pid}`);
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const why: Record<string, string> = {
      EROFS: "the disk is read-only",
      EACCES: "this account may not write there",
      EPERM: "it belongs to another account",
      ENOSPC: "the disk is full",
      ENOTDIR: "a part of the path is a file",
      EEXIST: "it is a file",
      ENOENT: "no folder can be made there",
    };
    throw new Error(`${dataDir} can't hold the data: ${why[code] ?? code}. Choose another folder with --data DIR.`);
  }
}

/** One by one: on a file system that takes none (/proc), Node's recursive mkdir goes round for ever. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another start may have made it.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

function nearestFolder(path: string): string {
  let at = path;
  while (!existsSync(at) && at !== dirname(at)) at = dirname(at);
  return at;
}

function tryLink(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Moved aside before it is removed: if another start took it over in between, that one's lock is put back. */
function dropStale(file: string, seen: LockOwner | null): void {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = readOwner(aside);
  if (moved && (moved.pid !== seen?.pid || moved.began !== seen.began)) tryLink(aside, file);
  rmSync(aside, { force: true });
}

function readOwner(file: string): LockOwner | null {
  try {
    return Owner.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
}
