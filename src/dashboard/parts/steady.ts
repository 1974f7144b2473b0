/**
 * Keeps a page steady that changes by itself. When something comes, grows or goes, what stands beside and below it is drawn
 * where it was, in the frame that moves it, and glides from there. What a reader does moves at once. Unlike `useGlide` it
 * follows every change below the page, whoever rendered it.
 */
import { useEffect } from "react";
import { fadeIn, slide } from "./glide.ts";

/** What is placed as a whole. Inline text is not: it moves with these. */
const UNITS = `:is(section, header, footer, details, div, p, ul, ol, li, dl, dt, dd, figure, fieldset, table, tr, td, th, button,
  .btn, .chip, .page-head .sub > *, .row > *, .about, .about > *, .what > *, .two-lines > *):not(.top, .top *, nav *, dialog, dialog *)`;
/** Browsers, too, count no smaller one as a movement. Places are rounded to pixels. */
const LEAST_PX = 3;
/** For so long after a reader's input a movement is the reader's own. */
const INPUT_MS = 500;

interface Place {
  readonly left: number;
  readonly top: number;
}
type Places = ReadonlyMap<HTMLElement, Place>;
const NOWHERE: Place = { left: 0, top: 0 };

/** For the page that is shown, as long as it is shown. */
export function useSteady(): void {
  useEffect(() => {
    const box = document.getElementById("main");
    // The footer stands beside the page's content.
    const whole = box?.parentElement;
    if (!box || !whole) return;
    box.dataset.steady = "";
    let places = placesOf(whole);
    let width = innerWidth;
    let inputAt = Number.NEGATIVE_INFINITY;
    const onInput = () => {
      inputAt = performance.now();
    };
    const observer = new MutationObserver(() => {
      const now = placesOf(whole);
      // In a window of another width everything has another place.
      if (width === innerWidth && performance.now() - inputAt > INPUT_MS) keep(places, now);
      places = now;
      width = innerWidth;
    });
    const attributeFilter = ["class", "open", "hidden"];
    observer.observe(box, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter });
    const inputs = ["pointerdown", "keydown", "input"];
    for (const input of inputs) addEventListener(input, onInput, true);
    return () => {
      delete box.dataset.steady;
      observer.disconnect();
      for (const input of inputs) removeEventListener(input, onInput, true);
    };
  }, []);
}

/** In the document, so that scrolling is no movement, and neither is a transform under way. */
function placesOf(box: HTMLElement): Places {
  const known = new Map<HTMLElement, Place>();
  const placeOf = (element: HTMLElement): Place => {
    const before = known.get(element);
    if (before) return before;
    const { offsetParent, offsetLeft, offsetTop } = element;
    const outer = offsetParent instanceof HTMLElement ? offsetParent : null;
    const from = outer ? placeOf(outer) : NOWHERE;
    const place = {
      left: from.left + offsetLeft + (outer?.clientLeft ?? 0),
      top: from.top + offsetTop + (outer?.clientTop ?? 0),
    };
    known.set(element, place);
    return place;
  };
  const places = new Map<HTMLElement, Place>();
  // What is not shown has no offsetParent.
  for (const unit of box.querySelectorAll<HTMLElement>(UNITS)) if (unit.offsetParent) places.set(unit, placeOf(unit));
  return places;
}

function keep(before: Places, now: Places): void {
  const moves = new Map<HTMLElement, Place>();
  let first: number | null = null;
  for (const [unit, to] of now) {
    const from = before.get(unit);
    if (!from) continue;
    const move = { left: from.left - to.left, top: from.top - to.top };
    moves.set(unit, move);
    if (Math.hypot(move.left, move.top) >= LEAST_PX) first ??= from.top;
  }
  // What grows above the window moves nothing: browsers scroll by as much.
  if (first === null || (scrollY > 0 && first < scrollY)) return;
  for (const unit of now.keys()) {
    const around = unit.parentElement?.closest<HTMLElement>(UNITS);
    const outer = around ? (moves.get(around) ?? (now.has(around) ? null : NOWHERE)) : NOWHERE;
    // What is in something new is not placed anew.
    if (outer === null) continue;
    const move = moves.get(unit);
    if (!move) {
      fadeIn(unit);
      continue;
    }
    // A box that is scrolled down keeps its place by itself, and so do the headers of a table.
    if ((unit.closest(".table-box")?.scrollTop ?? 0) > 0) continue;
    const [x, y] = [move.left - outer.left, unit.tagName === "TH" ? 0 : move.top - outer.top];
    if (Math.hypot(x, y) >= LEAST_PX) slide(unit, x, y);
  }
}
