import type { Connection } from "../parts/connection-badge.tsx";

/** Says that the figures are old while there is no connection. It lies over the page, so that nothing moves when it comes and goes. */
export function StaleNote({ state }: { readonly state: Connection }) {
  if (state !== "stale") return null;
  return (
    <div className="note-bar bad stale-note" role="alert">
      <strong>No connection to the arena.</strong>
      <span>
        The figures are from before the connection broke. The page keeps trying, and will catch up on what it missed.
      </span>
    </div>
  );
}
