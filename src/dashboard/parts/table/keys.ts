/** Moves between the rows of a table by keys. Rows carry `data-row`. A row that is not rendered yet is scrolled to first. */
import type { FocusEvent, KeyboardEvent, RefObject } from "react";
import { target } from "./step.ts";

export function rowKeys(
  box: RefObject<HTMLElement | null>,
  count: number,
  reveal: (index: number) => void,
): (event: KeyboardEvent) => void {
  return (event) => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]") : null;
    // Fields and buttons inside a row keep their own keys.
    if (!row || event.target !== row) return;
    const at = Number(row.dataset.row);
    const to = target(event.key, at, count);
    if (to === null) return;
    event.preventDefault();
    reveal(to);
    const focus = () => box.current?.querySelector<HTMLElement>(`[data-row="${to}"]`)?.focus();
    // Twice: the virtual list renders the row in the next frame, and measures it in the frame after.
    requestAnimationFrame(() => {
      focus();
      requestAnimationFrame(focus);
    });
  };
}

/** Tab would reach rows that are rendered outside the view first. Moves the focus to the nearest row in view. */
export function enterInView(event: FocusEvent<HTMLElement>, first: number, last: number): void {
  if (event.relatedTarget instanceof Element && event.currentTarget.contains(event.relatedTarget)) return;
  const at = Number(event.target.closest<HTMLElement>("[data-row]")?.dataset.row ?? first);
  if (at >= first && at <= last) return;
  const row = event.currentTarget.querySelector<HTMLElement>(`[data-row="${at < first ? first : last}"]`);
  const control = row?.hasAttribute("tabindex") ? row : row?.querySelector<HTMLElement>("a[href], button, input");
  control?.focus();
}
