import { Check, Copy } from "lucide-react";
import { useCopy } from "./use-copy.ts";

/** An id or hash: shows its last characters, and the whole on hover. A click copies it. */
export function CopyId({ id, what = "id", shown = 8 }: { id: string; what?: string; shown?: number }) {
  const [copied, copy] = useCopy(id);
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
