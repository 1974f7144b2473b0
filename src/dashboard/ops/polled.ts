/** The queries and actions of the control room's pages. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, api, within } from "../api/client.ts";
import { showError, showToast } from "../parts/toasts.tsx";

const POLL_MS = 3000;
const ATTENTION_POLL_MS = 5000;

/**
 * A query that is repeated every few seconds while its page is visible. A hidden tab sends nothing, and asks at once when it
 * is shown again. `key` names the query.
 */
export function usePolled<T>(
  key: readonly string[],
  ask: (signal: AbortSignal) => Promise<T>,
  everyMs: number = POLL_MS,
) {
  const query = useQuery({
    queryKey: ["ops", ...key],
    queryFn: ({ signal }) => ask(signal),
    refetchInterval: everyMs,
    refetchIntervalInBackground: false,
    refetchOnWindowFocus: "always",
    staleTime: 0,
    placeholderData: keepPreviousData,
    retry: false,
  });
  return {
    data: query.data,
    error: query.error,
    /** The last request failed, so an answer that is shown may be out of date. */
    stale: query.error !== null,
    refetch: query.refetch,
  };
}

export const useQueues = () => usePolled(["queues"], (signal) => answered(api.queues.$get({}, within(signal))));
export const useTaskStats = () =>
  usePolled(["inspect", "stats"], (signal) => answered(api.inspect.stats.$get({}, within(signal))));

/** What needs attention, and the counts of the navigation. */
export const useAttention = () =>
  usePolled(
    ["inspect", "attention"],
    (signal) => answered(api.inspect.attention.$get({}, within(signal))),
    ATTENTION_POLL_MS,
  );

type Done = string | { readonly text: string; readonly href: string; readonly link: string };

/** One action of an operator. Shows `done` or `failed` afterwards, and has the pages read their data again. */
export function useAction<Input, Answer>(
  act: (input: Input) => Promise<Answer>,
  done: string | ((answer: Answer) => Done),
  failed: string,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: (answer) => {
      const said = typeof done === "function" ? done(answer) : done;
      if (typeof said === "string") showToast(said);
      else showToast(said.text, said);
    },
    onError: (error) => showError(failed, error),
    onSettled: () => client.invalidateQueries({ queryKey: ["ops"] }),
  });
}
