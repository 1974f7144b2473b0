import type { ReactNode } from "react";
import { useSession } from "../api/session.ts";

/** Shows an action to those who may take it. A viewer reads the same page without it. */
export function ForOperators({ children }: { readonly children: ReactNode }) {
  return useSession().operator ? children : null;
}
