import type { Connection } from "../parts/connection-badge.tsx";

/** Old figures must not pass for new ones. */
export function StaleNote({ state }: { readonly state: Connection }) {
  if (state !== "stale") return null;
  return (
    <div className="note-bar bad" role="alert">
      <strong>No connection to the arena.</strong>
      <span>
        What is shown is as it was when it broke. It is tried again all the time, and what was missed will be caught up
        on.
      </span>
    </div>
  );
}
