import { useEffect } from "react";

/** After a form is refused, focuses the first wrong field, or the sentence when the fault belongs to no single field. */
export function useFaultFocus(error: unknown): void {
  useEffect(() => {
    if (!error) return;
    const form = document.querySelector("dialog[open]") ?? document.querySelector("main");
    form?.querySelector<HTMLElement>("[aria-invalid], .fault[tabindex], .fault-box")?.focus();
  }, [error]);
}
