/** `began` tells a process from a later one that has its pid. */
export interface LockFileOwner {
  readonly pid: number;
  readonly began?: string;
}

/** Takes the lock and returns null, or returns what its owner wrote. The lock of an owner who is not alive is taken over. */
export function takeLockFile(file: string, mine: LockFileOwner, isAlive: (owner: unknown) => boolean): unknown;

/** What the owner wrote; null when there is none, or when it can't be read. */
export function readLockFile(file: string): unknown;

/** Removes the lock if it is still `mine`. */
export function releaseLockFile(file: string, mine: LockFileOwner): void;
