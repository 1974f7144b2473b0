/** How the page gets news. `stale`: it gets none, and what it shows may be old. */
export type Connection = "connecting" | "live" | "reconnecting" | "stale" | "held" | "ended";

const words: Readonly<Record<Connection, readonly [string, string]>> = {
  connecting: ["Connecting", "The live feed is being opened."],
  live: ["Live", "Events show at once."],
  reconnecting: ["Reconnecting", "The connection broke. The page tries again, and will catch up on what it missed."],
  stale: ["Stale", "No news for a while: what is shown may be out of date."],
  held: ["Not refreshed", "More than the first page is loaded. A refresh would move the list while you read it."],
  ended: ["Final", "The tournament is over: nothing will change."],
};

export function ConnectionBadge({ state }: { readonly state: Connection }) {
  const [label, title] = words[state];
  return (
    <span className={`connection ${state}`} role="status" title={title}>
      <span className="dot" />
      <span className="word">{label}</span>
    </span>
  );
}
