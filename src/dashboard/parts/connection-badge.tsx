/** How the page hears of news. `stale`: it hears nothing any more, and what it shows may be old. */
export type Connection = "connecting" | "live" | "reconnecting" | "stale" | "held" | "ended";

const words: Readonly<Record<Connection, readonly [string, string]>> = {
  connecting: ["Connecting", "The live feed is being opened."],
  live: ["Live", "What happens shows at once."],
  reconnecting: ["Reconnecting", "The connection broke. It is tried again, and what was missed will be caught up on."],
  stale: ["Stale", "No news for a while: what is shown may be out of date."],
  held: ["Not refreshed", "More than its first page is loaded: a list that moved would jump under the reader."],
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
