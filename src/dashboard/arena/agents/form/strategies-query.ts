import { answered, api, within } from "../../../api/client.ts";

/** They change with the code alone. */
export const strategiesQuery = {
  queryKey: ["strategies"],
  queryFn: ({ signal }: { signal: AbortSignal }) => answered(api.strategies.$get({}, within(signal))),
} as const;
