import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";

/** An id or hash: its last characters, the whole of it on hover, copied by a click. */
export function CopyId({ id, what = "id", shown = 8 }: { id: string; what?: string; shown?: number }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () =>
    navigator.clipboard.writeText(id).then(
      () => setCopied(true),
      // Without leave to the clipboard the whole id still stands in the title.
      () => setCopied(false),
    );
  const seen = id.length > shown + 1 ? `…${id.slice(-shown)}` : id;
  return (
    <button
      type="button"
      className="copy-id mono"
      title={id}
      aria-label={`${copied ? "Copied" : "Copy"} ${what} ${seen}`}
      onClick={copy}
    >
      {seen}
      {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
    </button>
  );
}
