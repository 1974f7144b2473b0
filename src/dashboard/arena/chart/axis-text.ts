/** The labels of the chart's value axis, and the room that they need. Pure. */
import { plainNumber } from "../../../core/text/json-text.ts";
import { moneyText, percentText } from "../../parts/text/number-text.ts";
import type { Unit } from "./lines.ts";

const PLACES_MAX = 12;
/** The width of a digit in the axis's monospaced font: 11 px × 0.6, with room for a fallback font. */
const CHAR_PX = 6.8;
const GAP_PX = 6;
/** Room for seven characters, so that the axis of a usual tournament keeps its width. */
const SIZE_MIN_PX = 58;

/** As many places as make two ticks differ: a step of 2.5 needs one. */
export function axisText(unit: Unit, value: number, step: number): string {
  const places = placesOf(step);
  // Ticks are sums of floats: 0.30000000000000004 is 0.3.
  const near = plainNumber(Number(value.toPrecision(15)));
  const text = Number(near).toFixed(places);
  return unit === "money" ? moneyText(text, places) : percentText(Number(near) / 100, false, Math.min(places, 4));
}

function placesOf(step: number): number {
  for (let places = 0; places < PLACES_MAX; places++) {
    const scaled = step * 10 ** places;
    if (scaled > 0.5 && Math.abs(scaled - Math.round(scaled)) < 1e-3 * scaled) return places;
  }
  return PLACES_MAX;
}

export function axisSize(labels: readonly string[] | null): number {
  return Math.max(SIZE_MIN_PX, GAP_PX + textPx(labels ?? []));
}

/** How wide the longest of some texts is, in the font of numbers at 11 px. */
export function textPx(texts: readonly string[]): number {
  return Math.ceil(Math.max(0, ...texts.map((text) => text.length)) * CHAR_PX);
}
