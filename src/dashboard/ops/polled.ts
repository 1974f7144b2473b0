/** What an operator's page asks for, and what it does. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/client.ts";
import { say, sayError } from "../parts/toasts.tsx";

const POLL_MS = 3000;

/** Asked again every few seconds while somebody looks; a hidden tab asks nothing, and at once when it is shown again. */
export function usePolled<T>(path: string | null, everyMs: number = POLL_MS) {
  const query = useQuery({
    queryKey: ["ops", path],
    queryFn: ({ signal }) => api.get<T>(path ?? "", signal),
    enabled: path !== null,
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
