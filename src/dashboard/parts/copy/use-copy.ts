import { useEffect, useState } from "react";

const SHOWN_MS = 1500;

/** Whether the text was copied a moment ago, and what copies it. */
export function useCopy(text: string): readonly [boolean, () => void] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () =>
    void navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      // Without permission for the clipboard the text can still be selected.
      () => setCopied(false),
    );
  return [copied, copy];
}
