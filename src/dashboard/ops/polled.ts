/** What an operator's page asks for, and what it does. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, api, within } from "../api/client.ts";
import { say, sayError } from "../parts/toasts.tsx";

const POLL_MS = 3000;

/** `key` names what is asked for: another one is another answer. Asked again every few seconds while somebody looks; a hidden tab asks nothing, and at once when it is shown again. */
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
    /** There is an answer to show, but the last question failed: it may be out of date. */
    stale: query.error !== null,
    refetch: query.refetch,
  };
}

export const useQueues = () => usePolled(["queues"], (signal) => answered(api.queues.$get({}, within(signal))));
export const useTaskStats = () =>
  usePolled(["inspect", "stats"], (signal) => answered(api.inspect.stats.$get({}, within(signal))));

/** One thing that an operator does. `done` is said when it is; what the pages show is then asked for again. */
export function useAction<Input, Answer>(act: (input: Input) => Promise<Answer>, done: string, failed: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: () => say(done),
    onError: (error) => sayError(failed, error),
    onSettled: () => client.invalidateQueries({ queryKey: ["ops"] }),
  });
}
