/** The project's own files, what each imports, and what each names in a text: a script that it starts, a page that it reads. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

export const ROOT = join(import.meta.dirname, "../../..");

/** Runs git in the project and answers its output. Throws what git says. */
export function git(...args: readonly string[]): string {
  // In CI, root reads a clone of another account. Git refuses that without this setting.
  return execFileSync("git", ["-c", "safe.directory=*", ...args], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** The files that a clone has: those that git knows, and new ones that it does not ignore. Paths from the root. */
export function projectFiles(...patterns: readonly string[]): string[] {
  const list = git("ls-files", "--cached", "--others", "--exclude-standard", "--", ...patterns);
  return list.split("\n").filter((file) => file !== "" && existsSync(join(ROOT, file)));
}

export const readProjectFile = (file: string): string => readFileSync(join(ROOT, file), "utf8");

export interface Import {
  readonly from: string;
  /** A path from the root, or a package's name as written. */
  readonly to: string;
  readonly own: boolean;
  readonly typeOnly: boolean;
}

/** The beginning of a statement; where it imports from; an import of its own; and what ends a statement that named no file. */
const TOKEN =
  /^(import|export) (type )?(?!["(])|\bfrom "([^"\n]+)"|(?:^import |\bimport\(\s{0,200})"([^"\n]+)"|["'`;]/gm;

/** As the project's format writes them. */
export function importsOf(file: string, text = readProjectFile(file)): Import[] {
  const found: Import[] = [];
  const add = (target: string, typeOnly: boolean) => {
    const own = target.startsWith(".");
    found.push({ from: file, to: own ? normalize(join(dirname(file), target)) : target, own, typeOnly });
  };
  let statement: { readonly typeOnly: boolean } | null = null;
  for (const [, keyword, type, from, alone] of text.matchAll(TOKEN)) {
    if (keyword !== undefined) statement = { typeOnly: type !== undefined };
    else if (alone !== undefined) add(alone, false);
    else {
      if (from !== undefined && statement !== null) add(from, statement.typeOnly);
      statement = null;
    }
  }
  return found;
}

const TEXT = /["'`]([\w./@-]+)["'`]/g;
const SCANNED = /\.(ts|tsx|mts|mjs|js)$/;

/**
 * What a file depends on, as paths from the root: what it imports, but for types alone, and each file or folder of the project
 * that a text in it names, from the root or from the file's own folder. A folder stands for everything in it.
 */
function dependenciesOf(file: string, known: ReadonlySet<string>, folders: ReadonlySet<string>): string[] {
  if (!SCANNED.test(file)) return [];
  const text = readProjectFile(file);
  const imported = importsOf(file, text).filter(({ own, typeOnly }) => own && !typeOnly);
  // A text that begins with a slash is the path of an address, and dots alone lead to no place of their own.
  const texts = [...text.matchAll(TEXT)].filter(([, literal = ""]) => !literal.startsWith("/") && /\w/.test(literal));
  const named = texts.flatMap(([, literal = ""]) =>
    [literal, join(dirname(file), literal)]
      .map((path) => normalize(path).replace(/\/$/, ""))
      // A single word that is also a folder's name is no path: "test", "core".
      .filter((path) => known.has(path) || (literal.includes("/") && folders.has(path))),
  );
  const listed = [...text.matchAll(/projectFiles\(([^)]*)\)/g)].flatMap(([, args = ""]) =>
    [...args.matchAll(TEXT)].map(([, pattern = ""]) => pattern.replace(/\/?\*.*$/, "")).filter((at) => folders.has(at)),
  );
  return [...new Set([...imported.map(({ to }) => to), ...named, ...listed])];
}

/** For each file what it depends on. */
export class ProjectGraph {
  readonly files: readonly string[];
  readonly #known: ReadonlySet<string>;
  readonly #folders: ReadonlySet<string>;
  readonly #dependencies = new Map<string, readonly string[]>();
  readonly #contents = new Map<string, readonly string[]>();

  /** `gone`: files that were there, such as deleted ones that others still name. */
  constructor(files: readonly string[], gone: readonly string[] = []) {
    this.files = files;
    const all = [...files, ...gone];
    this.#known = new Set(all);
    this.#folders = new Set(all.flatMap(foldersAbove));
  }

  /** Everything that a file or folder depends on, directly or not, itself included. Folders are resolved into their files. */
  closure(roots: readonly string[]): Set<string> {
    const seen = new Set<string>();
    const waiting = [...roots];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      if (this.#folders.has(next)) waiting.push(...this.#inside(next));
      else if (this.#known.has(next)) waiting.push(...this.#direct(next));
    }
    return seen;
  }

  #inside(folder: string): readonly string[] {
    const found = this.#contents.get(folder) ?? [...this.#known].filter((file) => file.startsWith(`${folder}/`));
    this.#contents.set(folder, found);
    return found;
  }

  #direct(file: string): readonly string[] {
    const known = this.#dependencies.get(file);
    if (known) return known;
    const found = existsSync(join(ROOT, file)) ? dependenciesOf(file, this.#known, this.#folders) : [];
    this.#dependencies.set(file, found);
    return found;
  }
}

function foldersAbove(file: string): string[] {
  const parts = file.split("/").slice(0, -1);
  return parts.map((_, n) => parts.slice(0, n + 1).join("/"));
}
