/** JSON with coloured keys, texts and numbers. React escapes every part, so no text becomes markup. */
const PART = /("(?:\\.|[^"\\])*"?)(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/g;

export function JsonView({ value, label = "JSON" }: { readonly value: unknown; readonly label?: string }) {
  const text = JSON.stringify(value, null, 2) ?? "undefined";
  const parts: { readonly at: number; readonly kind: string; readonly text: string }[] = [];
  let end = 0;
  for (const match of text.matchAll(PART)) {
    if (match.index > end) parts.push({ at: end, kind: "", text: text.slice(end, match.index) });
    const kind = match[1] === undefined ? "n" : match[2] === undefined ? "s" : "k";
    parts.push({ at: match.index, kind, text: match[0] });
    end = match.index + match[0].length;
  }
  parts.push({ at: end, kind: "", text: text.slice(end) });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="json" aria-label={label} tabIndex={0}>
      <pre>
        {parts.map(({ at, kind, text: part }) => (
          <span key={at} className={kind || undefined}>
            {part}
          </span>
        ))}
      </pre>
    </section>
  );
}
