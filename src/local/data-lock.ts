/** A data folder has one owner: a second start on it would stop the database that the first one uses. */
import { accessSync, chmodSync, constants, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { readLockFile, releaseLockFile, takeLockFile } from "./lock-file.mjs";
import { isSameProcess, thisProcess } from "./process.ts";

const Owner = z.object({ pid: z.number(), began: z.string(), what: z.string(), url: z.string().optional() });
export type LockOwner = z.infer<typeof Owner>;

export interface DataLock {
  /** Adds facts for the sentence that a second start gets. */
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
  const mine: LockOwner = { ...thisProcess(), what };
  const holder = takeLockFile(file, mine, (owner) => livingOwner(owner) !== null);
  if (holder !== null) throw new DataFolderBusy(dataDir, Owner.parse(holder));
  return {
    describe: ({ url }) => writeFileSync(file, JSON.stringify({ ...mine, url }), { mode: 0o600 }),
    release: () => releaseLockFile(file, mine),
  };
}

/** The living owner of a data folder, or null. */
export function lockOwner(dataDir: string): LockOwner | null {
  return livingOwner(readLockFile(join(dataDir, "owner.json")));
}

function livingOwner(written: unknown): LockOwner | null {
  const { data: owner } = Owner.safeParse(written);
  return owner && isSameProcess(owner.pid, owner.began) ? owner : null;
}

function makeFolder(dataDir: string): void {
  try {
    // Node's recursive mkdir says ENOENT on a read-only disk: so the nearest folder that exists is asked first.
    accessSync(nearestFolder(dataDir), constants.W_OK);
    makeFolders(dirname(dataDir));
    makeOne(dataDir, 0o711);
    chmodSync(dataDir, 0o711);
    const probe = join(dataDir, `.probe-${process.pid}`);
    writeFileSync(probe, "", { mode: 0o600 });
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
  makeOne(path);
}

function makeOne(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another start may have made it.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST" && statSync(path).isDirectory()))
      throw error;
  }
}

function nearestFolder(path: string): string {
  let at = path;
  while (!existsSync(at) && at !== dirname(at)) at = dirname(at);
  return at;
}
