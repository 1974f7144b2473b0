/**
 * Loads the real code into the simulation: `cloudflare:workers` is a base class, `uuidv7` is seeded, everything else is
 * as it stands. A broken twin is the same code with one guard replaced in one file's text.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { Twin } from "./twin.ts";
import { twins } from "./twins.ts";

const substitutes: Readonly<Record<string, URL>> = {
  "cloudflare:workers": new URL("./cloudflare-workers.ts", import.meta.url),
  uuidv7: new URL("./uuid.ts", import.meta.url),
};

/** What holds state of an isolate in its modules: fresh for every run of a process. */
const OWN = /\/(src\/(index|worker|ports)|durable-objects\/[\w-]+)\.ts$/;
let run = 0;

/** The Worker's modules from here on are new ones. */
export function freshWorker(): number {
  return ++run;
}

let twin: Twin | null = null;
/** The guard that is removed in this process, if any. */
export const theTwin = (): Twin | null => twin;

/** Call before anything of src is imported. */
export function installHooks(twinName: string | null): void {
  twin = twinName === null ? null : (twins.find(({ name }) => name === twinName) ?? null);
  if (twinName !== null && !twin)
    throw new Error(`There is no twin ${twinName}: ${twins.map((t) => t.name).join(", ")}`);
  registerHooks({
    resolve(specifier, context, next) {
      const to = substitutes[specifier];
      if (to) return { url: to.href, shortCircuit: true };
      const found = next(specifier, context);
      return OWN.test(found.url) ? { ...found, url: `${found.url}?run=${run}` } : found;
    },
    load(url, context, next) {
      const replaced = twin?.edits?.filter(({ file }) => url.replace(/\?.*/, "").endsWith(`/${file}`)) ?? [];
      if (replaced.length === 0) return next(url, context);
      let source = readFileSync(fileURLToPath(url.replace(/\?.*/, "")), "utf8");
      for (const { guard, broken } of replaced) {
        if (!source.includes(guard)) throw new Error(`${url} has no guard ${guard} any more`);
        source = source.replaceAll(guard, broken);
      }
      return { format: "module-typescript", source, shortCircuit: true };
    },
  });
}
