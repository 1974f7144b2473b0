import { Check, Copy } from "lucide-react";
import { IconButton } from "../button.tsx";
import { useCopy } from "./use-copy.ts";

/** A line of text with a button that copies it. `what` names the line on the button: "Copy the command". */
export function CopyLine({ text, what = "command" }: { readonly text: string; readonly what?: string }) {
  const [copied, copy] = useCopy(text);
  return (
    <div className="copy-line">
      <code>{text}</code>
      <IconButton tiny label={copied ? "Copied" : `Copy the ${what}`} onClick={copy}>
        {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
      </IconButton>
    </div>
  );
}
