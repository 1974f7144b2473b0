/** How an entry is told apart: a monogram, and a colour by the order of joining, so that it keeps it. Pure. */
import type { Theme } from "../parts/theme.ts";

/** Hues that stay apart side by side; past them, golden steps with another lightness. */
const HUES = [252, 38, 152, 318, 88, 205, 12, 285, 125, 60, 178, 345] as const;
const GOLDEN_DEGREES = 137.508;

export interface Look {
  readonly mark: string;
  readonly baseline: boolean;
  /** Place in the order of joining, among its kind. */
  readonly index: number;
}

function tint(index: number, theme: Theme): string {
  const turn = Math.floor(index / HUES.length);
  const hue = HUES[index] ?? (HUES[0] + index * GOLDEN_DEGREES) % 360;
  const shift = turn % 2 === 0 ? 0 : 0.1;
  return theme === "light"
    ? `oklch(${0.52 + shift} 0.16 ${hue.toFixed(0)})`
    : `oklch(${0.77 - shift} 0.14 ${hue.toFixed(0)})`;
}

/** Baselines are ink, not colour: they are there to be compared with. */
function shade(index: number, theme: Theme): string {
  const step = (index % 5) * 0.03;
  return theme === "light" ? `oklch(${0.4 + step} 0.012 80)` : `oklch(${0.82 - step} 0.012 260)`;
}

export function colorOf(look: Look, theme: Theme): string {
  return look.baseline ? shade(look.index, theme) : tint(look.index, theme);
}

/** For style properties: follows the theme by itself. */
export function cssColorOf(look: Look): string {
  return `light-dark(${colorOf(look, "light")}, ${colorOf(look, "dark")})`;
}

/** Two or three letters: "AlphaBot" AB, "Buy and hold BTC (baseline)" BTC, "mine" MI. */
export function markOf(name: string): string {
  const bare = name.replace(/\(.*?\)/g, "").trim();
  const last = /\b([A-Z]{3,5})$/.exec(bare)?.[1];
  if (last) return last;
  const words = bare.split(/[\s_\-.]+/).filter(Boolean);
  const capitals = bare.match(/\p{Lu}/gu) ?? [];
  const letters =
    words.length > 1
      ? words.slice(0, 2).map((word) => [...word][0] ?? "")
      : capitals.length > 1
        ? capitals.slice(0, 2)
        : [...bare].slice(0, 2);
  return letters.join("").toUpperCase() || "?";
}

export interface Joined {
  readonly agent_id: string;
  readonly agent: string;
  readonly baseline: boolean;
}

/** In the order of joining. */
export function looksOf(entries: readonly Joined[]): ReadonlyMap<string, Look> {
  const counts = { true: 0, false: 0 };
  return new Map(
    entries.map(({ agent_id, agent, baseline }) => {
      const index = counts[`${baseline}`]++;
      return [agent_id, { mark: markOf(agent), baseline, index }];
    }),
  );
}

export const unknownLook: Look = { mark: "?", baseline: true, index: 0 };
