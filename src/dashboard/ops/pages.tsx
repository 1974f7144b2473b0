/** A list by cursor: its first page is asked for again every few seconds, the pages behind it when somebody wants them. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Page } from "../../http/paging.ts";
import { Button } from "../parts/button.tsx";

const POLL_MS = 5000;

interface CountedPage<T> extends Page<T> {
  readonly counts?: Readonly<Record<string, number>> | null;
}

/**
 * `key`: the list with its filters; another one is another list. `keeps`: while that loads, the one before stays in view.
 * Only a list of one page is polled: more would jump under the reader.
 */
export function usePages<T>(
  key: readonly [string, ...unknown[]],
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<CountedPage<T>>,
  { keeps = false }: { readonly keeps?: boolean } = {},
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
  return {
    /** What a list says beside its items, it says on each page: the first one's. */
    first: query.data?.pages[0],
    data: query.data?.pages.flatMap(({ items }) => items),
    error: query.error,
    stale: query.error !== null,
    /** More than one page: not asked for again by itself. */
    held: (query.data?.pages.length ?? 0) > 1,
    refetch: query.refetch,
    more: query.hasNextPage ? () => void query.fetchNextPage() : null,
    busy: query.isFetchingNextPage,
  };
}

interface FootProps {
  readonly pages: { readonly more: (() => void) | null; readonly busy: boolean };
  /** Beside the button, while there is more. */
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
