/** Who is signed in. The page never stores the key, and its scripts can't read the cookie. */
import { QueryClient, useQuery } from "@tanstack/react-query";
import { isReader } from "../../core/access/roles.ts";
import type { Session } from "./answers.ts";
import { answered, api, whenSignedOut, within } from "./client.ts";
import { Problem } from "./problem.ts";

/** The feed keeps data up to date, so it is never stale by time. A request that was refused (4xx) is not repeated. */
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
const nobody: Session = { operator: false, role: null, name: null, agent_id: null, key_id: null, expires_at: null };

whenSignedOut(() => queryClient.setQueryData(key, nobody));

export interface SignedIn {
  /** Whether the session may do what operators do. */
  readonly operator: boolean;
  /** Whether the session may read what operators read. */
  readonly reads: boolean;
  readonly role: Session["role"];
  readonly name: string | null;
  /** The agent of a key of the role agent. */
  readonly agentId: string | null;
  /** The key that signed in; null for the operator key. */
  readonly keyId: string | null;
  readonly known: boolean;
}

export function useSession(): SignedIn {
  const { data, isPending } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => answered(api.session.$get({}, within(signal))),
  });
  const { operator, role, name, agent_id: agentId, key_id: keyId } = data ?? nobody;
  return { operator, reads: role !== null && isReader(role), role, name, agentId, keyId, known: !isPending };
}

/** Throws a Problem: a wrong key, or too many attempts. */
export async function signIn(accessKey: string): Promise<void> {
  setSession(await answered(api.session.$post({ json: { key: accessKey } })));
}

export async function signOut(): Promise<void> {
  await answered(api.session.$delete());
  setSession(nobody);
}

/** Drops everything that was read with other rights. What a page shows is read again. */
function setSession(session: Session): void {
  queryClient.setQueryData(key, session);
  void queryClient.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== key[0] });
}
