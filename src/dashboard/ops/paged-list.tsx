/** A list by cursor. Its first page is refreshed every few seconds; further pages are read when the viewer asks for them. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import type { Page } from "../../http/request/paging.ts";
import { Button } from "../parts/button.tsx";
import { calmRows } from "./calm.ts";

const POLL_MS = 5000;
const PAGE_MAX = 100;

interface CountedPage<T> extends Page<T> {
  readonly counts?: Readonly<Record<string, number>> | null;
}

/**
 * `key` names the list and its filters. `keeps`: while a list with other filters loads, the list before it stays in view. `calm`
 * names a row: the list keeps its rows in their places, and a NewerButton shows what is newer.
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
  const { data } = query;
  // The same rows until the next answer, so that a calm list sees what has changed.
  const items = useMemo(() => data?.pages.flatMap((page) => page.items), [data]);
  const { rows, newer, showNewer } = useCalm(JSON.stringify(key), items, !query.hasNextPage, calm);
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

/** The rows of a calm list, and a way to show its newer ones. */
function useCalm<T>(
  key: string,
  rows: readonly T[] | undefined,
  isWhole: boolean,
  idOf: ((row: T) => string) | undefined,
) {
  const [kept, setKept] = useState<{ readonly key: string; readonly rows: readonly T[] } | null>(null);
  if (!idOf || rows === undefined) return { rows, newer: 0, showNewer: () => {} };
  const before = kept?.key === key ? kept.rows : [];
  const calm = calmRows(before, rows, idOf, isWhole);
  if (calm.rows.length !== before.length || calm.rows.some((row, i) => row !== before[i]))
    setKept({ key, rows: calm.rows });
  return { ...calm, showNewer: () => setKept({ key, rows }) };
}

/** Always takes the room of its longest text, so that nothing moves when newer rows come, however many. */
export function NewerButton({ pages }: { readonly pages: { readonly newer: number; readonly showNewer: () => void } }) {
  const { newer, showNewer } = pages;
  return (
    <span className={newer > 0 ? "newer" : "newer unseen"}>
      <Button tiny disabled={newer === 0} onClick={showNewer}>
        Show {newer >= PAGE_MAX ? `${PAGE_MAX}+` : newer} newer
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
