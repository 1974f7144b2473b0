/** Reads shown lists again of which the feed sends only a part: soon after an event, and at most every EACH_MS. */
import { queryClient } from "../api/session.ts";

const EACH_MS = 10_000;
/** A thousand spectators get the event at the same moment. Their requests are spread over this time. */
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

/** Reads what is shown again, and drops the rest: the next event would make a partial list look complete. */
export async function readNow(queryKey: readonly unknown[]): Promise<void> {
  queryClient.removeQueries({ queryKey, type: "inactive" });
  // A request under way may be from before the event, and may be a page that the viewer asked for. It ends first, then all is read again.
  if (queryClient.isFetching({ queryKey }) > 0)
    await queryClient.refetchQueries({ queryKey }, { cancelRefetch: false });
  await queryClient.invalidateQueries({ queryKey });
}
