/**
 * A lock that is a file with its owner in it. Node's built-ins only, and for Node 20 too: the set-up takes one before anything is
 * installed. The types stand in lock-file.d.mts.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

export function takeLockFile(file, mine, isAlive) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    // A link is made whole or not at all, so nobody ever reads half a lock.
    while (!tryLink(draft, file)) {
      const owner = readLockFile(file);
      if (owner !== null && isAlive(owner)) return owner;
      dropStale(file, owner);
    }
    return null;
  } finally {
    rmSync(draft, { force: true });
  }
}

export function readLockFile(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

export function releaseLockFile(file, mine) {
  if (isSameOwner(readLockFile(file), mine)) rmSync(file, { force: true });
}

/** Moved aside before it is removed: if another process took it over in between, the lock of that process is put back. */
function dropStale(file, seen) {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = readLockFile(aside);
  if (moved !== null && !isSameOwner(moved, seen)) tryLink(aside, file);
  // The set-up's lock of older versions was a folder.
  rmSync(aside, { recursive: true, force: true });
}

function tryLink(draft, file) {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function isSameOwner(one, other) {
  return one?.pid === other?.pid && one?.began === other?.began;
}
