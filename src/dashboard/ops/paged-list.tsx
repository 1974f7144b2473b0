/** A list by cursor. Its first page is refreshed every few seconds; further pages are read when the viewer asks for them. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Page } from "../../http/request/paging.ts";
import { Button } from "../parts/button.tsx";

const POLL_MS = 5000;
const PAGE_MAX = 100;

interface CountedPage<T> extends Page<T> {
  readonly counts?: Readonly<Record<string, number>> | null;
}

/**
 * `key` names the list and its filters. `keeps`: while a list with other filters loads, the list before it stays in view.
 * Only a list of one page is refreshed by itself: a longer list would move while the viewer reads it.
 */
export function usePages<T>(
  key: readonly [string, ...unknown[]],
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<CountedPage<T>>,
  { keeps = false, calm }: { readonly keeps?: boolean; readonly calm?: (row: T) => string } = {},
) {
  const query = useInfiniteQuery({
    queryKey: ["ops", "pages", ...key],
    queryFn: ({ pageParam, signal }: { pageParam: string | undefined; signal: AbortSignal }) => read(pageParam, signal),
    initialPageParam: undefined,
    getNextPageParam: (last: CountedPage<T>) => last.next_cursor ?? undefined,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : POLL_MS),
    staleTime: 0,
    ...(keeps ? { placeholderData: keepPreviousData } : {}),
    retry: false,
  });
  const { rows, newer, showNewer } = useCalm(
    JSON.stringify(key),
    query.data?.pages.flatMap(({ items }) => items),
    calm,
  );
  return {
    /** The first page, for the members that a list has beside its items. */
    first: query.data?.pages[0],
    data: rows,
    /** Rows of a calm list that are not shown yet. */
    newer,
    showNewer,
    error: query.error,
    stale: query.error !== null,
    /** The list has more than one page, so it is not refreshed by itself. */
    held: (query.data?.pages.length ?? 0) > 1,
    refetch: query.refetch,
    more: query.hasNextPage ? () => void query.fetchNextPage() : null,
    busy: query.isFetchingNextPage,
  };
}

/**
 * A list that grows at its top would move while it is read. A calm one keeps its rows in their places, with their newest contents,
 * and says how many newer ones there are. An empty list takes what comes.
 */
function useCalm<T>(key: string, rows: readonly T[] | undefined, idOf: ((row: T) => string) | undefined) {
  const [kept, setKept] = useState<{ readonly key: string; readonly rows: readonly T[] } | null>(null);
  if (!idOf || rows === undefined) return { rows, newer: 0, showNewer: () => {} };
  const before = kept?.key === key ? kept.rows : [];
  const first = before[0];
  const at = first === undefined ? 0 : rows.findIndex((row) => idOf(row) === idOf(first));
  // Without its first row the list is another one: all its rows are newer, or the first one is gone.
  const newer = at < 0 ? rows.length : at;
  if (before.length === 0 || newer === 0) {
    if (rows.length > 0 && (before.length !== rows.length || rows.some((row, i) => row !== before[i])))
      setKept({ key, rows });
    return { rows, newer: 0, showNewer: () => {} };
  }
  const fresh = new Map(rows.map((row) => [idOf(row), row]));
  return { rows: before.map((row) => fresh.get(idOf(row)) ?? row), newer, showNewer: () => setKept({ key, rows }) };
}

/** Always takes its room, so that nothing moves when newer rows come. */
export function NewerButton({ pages }: { readonly pages: { readonly newer: number; readonly showNewer: () => void } }) {
  const { newer, showNewer } = pages;
  return (
    <span className={newer > 0 ? undefined : "unseen"}>
      <Button tiny disabled={newer === 0} onClick={showNewer}>
        Show {newer >= PAGE_MAX ? `${PAGE_MAX} or more` : newer} newer
      </Button>
    </span>
  );
}

interface FootProps {
  readonly pages: { readonly more: (() => void) | null; readonly busy: boolean };
  /** Shown beside the button, while there is a further page. */
  readonly children?: ReactNode;
}

export function PagedFoot({ pages: { more, busy }, children }: FootProps) {
  return more ? (
    <div className="row foot-more">
      <Button busy={busy} onClick={more}>
        {busy ? "Loading" : "Load more"}
      </Button>
      {children ? <span className="soft small">{children}</span> : null}
    </div>
  ) : null;
}
