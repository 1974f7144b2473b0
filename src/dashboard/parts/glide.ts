/**
 * Keeps a live list calm: when a round adds a line at the top or ranks change, nothing jumps. Elements that may move carry
 * `data-glide`. In the frame that moves them they are drawn where they were, and glide from there to their new places; what
 * is new at the top comes in with them. Nothing scrolls, so it is the same at any pace of the machine.
 */
import { type RefObject, useLayoutEffect, useRef } from "react";

const GLIDE_MS = 260;
/** Below, nobody sees it. */
const LEAST_PX = 1;

interface Place {
  readonly left: number;
  readonly top: number;
}
type Places = ReadonlyMap<HTMLElement, Place>;

export function useGlide<E extends HTMLElement>(): RefObject<E | null> {
  const box = useRef<E>(null);
  const before = useRef<Places>(new Map());
  const observed = useRef<E>(null);
  const observer = useRef<ResizeObserver>(null);
  const width = useRef(0);
  // After every render: whatever has changed, the places are compared.
  useLayoutEffect(() => {
    if (observed.current !== box.current) {
      // The list comes after its data. What a reader opens or closes in it moves at once, without a render of the list.
      observer.current?.disconnect();
      observed.current = box.current;
      if (box.current) {
        observer.current = new ResizeObserver(() => {
          before.current = placesOf(box.current);
        });
        observer.current.observe(box.current);
      }
    }
    if (!box.current) return;
    const now = placesOf(box.current);
    const scroller = box.current.closest<HTMLElement>(".tab-body");
    // A box that is scrolled down keeps its place by itself: browsers do that. At the top they do not.
    // In a window of another width everything has another place: a phone was turned.
    const isTurned = width.current !== innerWidth;
    if (!isTurned && (!scroller || scroller.scrollTop < LEAST_PX)) glide(before.current, now);
    before.current = now;
    width.current = innerWidth;
  });
  useLayoutEffect(
    () => () => {
      observer.current?.disconnect();
      observed.current = null;
    },
    [],
  );
  return box;
}

/** In the box that an element is placed in, so that scrolling is no movement, and neither is a transform under way. */
function placesOf(box: HTMLElement | null): Places {
  const elements = box ? [...box.querySelectorAll<HTMLElement>("[data-glide]")] : [];
  // What is in another that glides goes with it.
  const outer = elements.filter((element) => {
    const around = element.parentElement?.closest("[data-glide]");
    return !(around && box?.contains(around));
  });
  return new Map(outer.map((element) => [element, { left: element.offsetLeft, top: element.offsetTop }]));
}

const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function glide(before: Places, now: Places): void {
  let fresh: HTMLElement[] = [];
  let atTop = true;
  for (const [element, to] of now) {
    const from = before.get(element);
    if (!from) {
      if (atTop) fresh.push(element);
      continue;
    }
    const [x, y] = [from.left - to.left, from.top - to.top];
    const isMoved = Math.abs(x) >= LEAST_PX || Math.abs(y) >= LEAST_PX;
    if (atTop && y <= -LEAST_PX && Math.abs(x) < LEAST_PX) for (const each of fresh) slide(each, 0, y);
    atTop = false;
    fresh = [];
    if (isMoved) slide(element, x, y);
  }
}

/** A glide under way goes on from where it is. */
function slide(element: HTMLElement, x: number, y: number): void {
  const under = element.getAnimations().filter(({ id }) => id === "glide");
  const at = under.length > 0 ? new DOMMatrix(getComputedStyle(element).transform) : new DOMMatrix();
  for (const each of under) each.cancel();
  element.animate([{ transform: `translate(${x + at.e}px, ${y + at.f}px)` }, { transform: "none" }], {
    id: "glide",
    duration: isStill() ? 1 : GLIDE_MS,
    easing: "ease-out",
  });
}
