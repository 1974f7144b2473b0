/** Who looks: an operator after signing in, or anybody. The key itself is never kept here; the cookie is HttpOnly. */
import { QueryClient, useQuery } from "@tanstack/react-query";
import type { Session } from "./answers.ts";
import { answered, api, whenSignedOut, within } from "./client.ts";
import { Problem } from "./problem.ts";

/** What the feed keeps up to date is never asked again; what failed for a reason of ours isn't either. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 3 && !(error instanceof Problem && error.status < 500),
      retryDelay: (attempt) => Math.min(1000 * 2 ** attempt, 8000),
    },
  },
});

const key = ["session"];
const nobody: Session = { operator: false, expires_at: null };

whenSignedOut(() => queryClient.setQueryData(key, nobody));

export function useSession(): { readonly operator: boolean; readonly known: boolean } {
  const { data, isPending } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => answered(api.session.$get({}, within(signal))),
  });
  return { operator: data?.operator ?? false, known: !isPending };
}

/** Throws a Problem: a wrong key, or too many attempts. */
export async function signIn(operatorKey: string): Promise<void> {
  become(await answered(api.session.$post({ json: { key: operatorKey } })));
}

export async function signOut(): Promise<void> {
  await answered(api.session.$delete());
  become(nobody);
}

/** Whatever was read as somebody else is dropped, and read again where it is looked at. */
function become(session: Session): void {
  queryClient.setQueryData(key, session);
  void queryClient.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== key[0] });
}
