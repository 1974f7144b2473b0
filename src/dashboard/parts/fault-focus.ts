import { useEffect } from "react";

/** After a refused form the first field at fault has the focus; where no single control is, the sentence itself. */
export function useFaultFocus(error: unknown): void {
  useEffect(() => {
    if (!error) return;
    const form = document.querySelector("dialog[open]") ?? document.querySelector("main");
    form?.querySelector<HTMLElement>("[aria-invalid], .fault[tabindex], .fault-box")?.focus();
  }, [error]);
}
