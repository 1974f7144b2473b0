/**
 * Loads the real code into the simulation: `cloudflare:workers` is a base class, `uuidv7` is seeded, everything else is
 * as it stands. A broken twin is the same code without one guard.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { guardNames, withoutGuard } from "../support/guards.ts";
import type { Twin } from "./twin.ts";
import { twins } from "./twins.ts";

const substitutes: Readonly<Record<string, URL>> = {
  "cloudflare:workers": new URL("./cloudflare-workers.ts", import.meta.url),
  uuidv7: new URL("./uuid.ts", import.meta.url),
};

/** Modules that hold an isolate's state. Each run in a process loads them anew. */
const OWN = /\/(src\/(index|worker|ports)|durable-objects\/[\w-]+)\.ts$/;
/** What may have guards. */
const SOURCES = /\/(src|durable-objects)\/[^?]*\.ts$/;
let run = 0;

/** From here on, imports of the Worker's modules load them anew. */
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
  // A guard that no source marks is never removed: without this check the twin would run with it.
  const gone = twin?.without?.find(({ guard }) => !guardNames().has(guard));
  if (gone) throw new Error(`The twin ${twinName} lacks ${gone.guard}, and no source marks a guard of that name`);
  registerHooks({
    resolve(specifier, context, next) {
      const to = substitutes[specifier];
      if (to) return { url: to.href, shortCircuit: true };
      const found = next(specifier, context);
      return OWN.test(found.url) ? { ...found, url: `${found.url}?run=${run}` } : found;
    },
    load(url, context, next) {
      const lacks = twin?.without ?? [];
      const file = url.replace(/\?.*/, "");
      if (lacks.length === 0 || !SOURCES.test(file)) return next(url, context);
      const whole = readFileSync(fileURLToPath(file), "utf8");
      const source = lacks.reduce(withoutGuard, whole);
      if (source === whole) return next(url, context);
      return { format: "module-typescript", source, shortCircuit: true };
    },
  });
}
