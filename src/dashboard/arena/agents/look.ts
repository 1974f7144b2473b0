/**
 * How an agent looks: a monogram, and a hue that comes from its id, so that it is the same on every page and in every
 * tournament. Where two agents of one tournament would be hard to tell apart, the later one is darker. Only a third one moves to
 * another hue. Pure.
 */
import type { AgentKind } from "../../../core/agents/agent-kinds.ts";
import type { Theme } from "../../parts/theme.ts";

/** So many hues, 15° apart. */
const HUES = 24;
/** Two agents of a tournament that are equally light are so many hues apart, as long as there is room. */
const APART = 3;
/** Baselines are grey, in so many shades. */
const SHADES = 5;

export interface Look {
  readonly mark: string;
  readonly baseline: boolean;
  /** The agent's hue, or a baseline's shade: from 0. */
  readonly hue: number;
  /** An odd one is darker. From 2 on, all hues were taken before, so that two may look the same. */
  readonly tone: number;
  /** How the agent takes part. Absent for a strategy of the house. */
  readonly kind?: Exclude<AgentKind, "house">;
}

function tint({ hue, tone }: Look, theme: Theme): string {
  const degrees = (hue * 360) / HUES + 12;
  const isDarker = tone % 2 === 1;
  // On the dark page a darker colour still has to be read as text.
  return theme === "light"
    ? `oklch(${isDarker ? 0.35 : 0.52} 0.16 ${degrees.toFixed(0)})`
    : `oklch(${isDarker ? 0.64 : 0.77} 0.14 ${degrees.toFixed(0)})`;
}

/** Baselines are there to be compared with, so they have no colour. */
function shade({ hue }: Look, theme: Theme): string {
  const step = (hue % SHADES) * 0.03;
  return theme === "light" ? `oklch(${0.4 + step} 0.012 80)` : `oklch(${0.82 - step} 0.012 260)`;
}

export function colorOf(look: Look, theme: Theme): string {
  return look.baseline ? shade(look, theme) : tint(look, theme);
}

/** For style properties. It follows the theme by itself. */
export function cssColorOf(look: Look): string {
  return `light-dark(${colorOf(look, "light")}, ${colorOf(look, "dark")})`;
}

/** Two or three letters: "AlphaBot" AB, "Buy and hold BTC (baseline)" BTC, "mine" MI. */
export function markOf(name: string): string {
  const bare = name.replace(/\([^()]*\)/g, "").trim();
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
  readonly kind?: AgentKind;
}

/** The agent's own look, outside of tournaments. */
export function lookOf({ id, name, baseline, kind = "house" }: Named): Look {
  const look = { mark: markOf(name), baseline, hue: hashOf(id) % (baseline ? SHADES : HUES), tone: 0 };
  return kind === "house" ? look : { ...look, kind };
}

interface Named {
  readonly id: string;
  readonly name: string;
  readonly baseline: boolean;
  readonly kind?: AgentKind;
}

/** The looks in a tournament. `entries` in the order of joining: who joined first keeps the own look. */
export function looksOf(entries: readonly Joined[]): ReadonlyMap<string, Look> {
  /** By tone. */
  const taken: Set<number>[] = [new Set(), new Set()];
  return new Map(
    entries.map(({ agent_id, agent, baseline, kind = "house" }) => {
      const own = lookOf({ id: agent_id, name: agent, baseline, kind });
      if (baseline) return [agent_id, own];
      let tone = taken.slice(0, 2).findIndex((hues) => isFree(own.hue, APART, hues));
      if (tone < 0) tone = taken.findIndex(({ size }) => size < HUES);
      if (tone < 0) tone = taken.push(new Set()) - 1;
      const hues = taken[tone] ?? new Set();
      const hue = nearestFree(own.hue, hues);
      hues.add(hue);
      return [agent_id, { ...own, hue, tone }];
    }),
  );
}

/** Whether no hue that is taken is nearer than `apart`. */
function isFree(hue: number, apart: number, taken: ReadonlySet<number>): boolean {
  return !Array.from({ length: 2 * apart - 1 }, (_, i) => (hue + i - apart + 1 + HUES) % HUES).some((each) =>
    taken.has(each),
  );
}

/** The nearest hue that is APART from all taken ones. Without such a hue, the nearest one that is not taken. */
function nearestFree(wanted: number, taken: ReadonlySet<number>): number {
  for (let apart = APART; apart > 0; apart--) {
    for (let step = 0; step <= HUES / 2; step++) {
      for (const hue of [wanted + step, wanted - step].map((each) => (each + HUES) % HUES)) {
        if (isFree(hue, apart, taken)) return hue;
      }
    }
  }
  return wanted;
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

export const unknownLook: Look = { mark: "?", baseline: true, hue: 0, tone: 0 };
