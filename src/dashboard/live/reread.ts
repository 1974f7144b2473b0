/** Reads anew what is shown and the feed told only a part of: at once, then not more often than every so many seconds. */
import { queryClient } from "../api/session.ts";

const EACH_MS = 10_000;
/** A thousand spectators hear of it in the same moment, and ask in different ones. */
const SPREAD_MS = 1_000;

const waiting = new Set<string>();
const readAt = new Map<string, number>();

/** `key`: the beginning of the queries' keys. */
export function reread(...key: readonly string[]): void {
  const name = key.join(" ");
  if (waiting.has(name)) return;
  waiting.add(name);
  const next = (readAt.get(name) ?? 0) + EACH_MS - Date.now();
  setTimeout(
    () => {
      waiting.delete(name);
      readAt.set(name, Date.now());
      void readNow(key);
    },
    Math.max(next, Math.random() * SPREAD_MS),
  );
}

/** What nobody looks at is forgotten: the next event would make it pass for whole. */
export async function readNow(queryKey: readonly unknown[]): Promise<void> {
  queryClient.removeQueries({ queryKey, type: "inactive" });
  // What is on its way already may be from before: it is let through, for it may be a page that somebody asked for, then read anew.
  if (queryClient.isFetching({ queryKey }) > 0)
    await queryClient.refetchQueries({ queryKey }, { cancelRefetch: false });
  await queryClient.invalidateQueries({ queryKey });
}
