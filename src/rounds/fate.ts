/** What became of an entry in a batch of decisions. */
export type Fate =
  /** Stored by this call, which has also finished the task that waited for it. */
  | {
      readonly kind: "accepted";
      /** The result of its task, composed when somebody wants it. */
      readonly result: () => Record<string, unknown>;
      readonly finishedTask: string | null;
      readonly storedAt: string;
    }
  /** Stored before. */
  | { readonly kind: "exists" }
  /** No round is open, or it closed meanwhile. */
  | { readonly kind: "late" }
  /** The entry changed meanwhile: to be sent again, spending no attempt. */
  | { readonly kind: "stale" }
  /** Another agent than a house agent, or one that thinks: its answer is a task's. */
  | { readonly kind: "outside" }
  /** Not in this round: withdrawn, joined later, or of another tournament. */
  | { readonly kind: "absent" }
  /** Its object could not be asked: the platform's fault. It stays owed, spending no attempt. */
  | { readonly kind: "unreached"; readonly error: unknown }
  /** The agent's own fault: an attempt is spent. */
  | { readonly kind: "failed"; readonly code: string; readonly message: string };
