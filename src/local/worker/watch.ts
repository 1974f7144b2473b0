/** Bundles the Worker anew whenever its source changes, for `npm run dev`. */
import { existsSync, watch } from "node:fs";
import { join, sep } from "node:path";
import { bundleWorker, NOT_THE_WORKERS } from "./bundle.ts";

export interface WatchOptions {
  readonly project: string;
  readonly dataDir: string;
  /** After each bundle that was made. */
  readonly onBundle: () => void;
  readonly onLine: (line: string) => void;
}

const FOLDERS = ["src", "durable-objects"];

/** One at a time; what changes meanwhile is bundled after it. When a source doesn't build, the error is reported and the Worker stays as it was. */
export function watchWorker({ project, dataDir, onBundle, onLine }: WatchOptions): () => Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let bundling: Promise<void> = Promise.resolve();
  let stopped = false;
  const bundle = async () => {
    if (stopped) return;
    try {
      await bundleWorker(project, dataDir);
      if (stopped) return;
      onBundle();
      onLine("The Worker's source changed: it is served anew.");
    } catch (error) {
      onLine(error instanceof Error ? error.message : String(error));
    }
  };
  const watchers = FOLDERS.filter((folder) => existsSync(join(project, folder))).map((folder) =>
    watch(join(project, folder), { recursive: true }, (_, file) => {
      if (folder === "src" && NOT_THE_WORKERS.includes(file?.split(sep)[0] ?? "")) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        bundling = bundling.then(bundle);
      }, 200);
    }),
  );
  return async () => {
    stopped = true;
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
    await bundling;
  };
}
