/** What a viewer has chosen on a page of the arena. It lives in the address, so that a link shows the same. */
import { useCallback } from "react";
import { useSearchParams } from "wouter";
import type { LogFilter } from "../live/log-filter.ts";
import type { Unit } from "./chart/lines.ts";
import type { Range } from "./chart/ranges.ts";

type Only = LogFilter["only"];

export interface Chosen {
  /** The agent whose line is isolated. */
  readonly agent: string | null;
  /** The open tab; null for the page's first one. */
  readonly tab: string | null;
  readonly unit: Unit;
  readonly range: Range;
  readonly baselines: boolean;
  /** Which decisions the log shows, and whose. */
  readonly only: Only;
  readonly log: "agents" | "everyone";
  /** What the reasoning of the decisions must say. */
  readonly said: string;
  /** The round that is open: in a dialog, or as a replay's frame. */
  readonly round: number | null;
}

const onlys: readonly Only[] = ["all", "orders", "refused", "missed"];
const units: Readonly<Record<string, Unit>> = { usd: "money", pct: "percent" };
const ranges: readonly Range[] = ["all", "day", "hour", "quarter"];

/** Whatever an address says: an unknown value is the default. */
export function readChosen(search: URLSearchParams): Chosen {
  const round = search.get("round") ?? "";
  const range = search.get("range");
  return {
    agent: search.get("agent"),
    tab: search.get("tab"),
    unit: units[search.get("unit") ?? ""] ?? "money",
    range: ranges.find((each) => each === range) ?? "all",
    baselines: search.get("baselines") !== "off",
    only: onlys.find((each) => each === search.get("only")) ?? "all",
    log: search.get("log") === "everyone" ? "everyone" : "agents",
    said: search.get("said") ?? "",
    round: /^\d{1,9}$/.test(round) ? Number(round) : null,
  };
}

/** The address with the change. Defaults are left out. */
export function withChosen(search: URLSearchParams, change: Partial<Chosen>): URLSearchParams {
  const next = new URLSearchParams(search);
  const put = (name: string, value: string | null) => (value === null ? next.delete(name) : next.set(name, value));
  if (change.agent !== undefined) put("agent", change.agent);
  if (change.tab !== undefined) put("tab", change.tab);
  if (change.unit !== undefined) put("unit", change.unit === "percent" ? "pct" : null);
  if (change.range !== undefined) put("range", change.range === "all" ? null : change.range);
  if (change.baselines !== undefined) put("baselines", change.baselines ? null : "off");
  if (change.only !== undefined) put("only", change.only === "all" ? null : change.only);
  if (change.log !== undefined) put("log", change.log === "agents" ? null : change.log);
  if (change.said !== undefined) put("said", change.said === "" ? null : change.said);
  if (change.round !== undefined) put("round", change.round === null ? null : String(change.round));
  return next;
}

export function useChosen(): readonly [Chosen, (change: Partial<Chosen>) => void] {
  const [search, setSearch] = useSearchParams();
  const change = useCallback(
    (changed: Partial<Chosen>) => setSearch((held) => withChosen(held, changed), { replace: true }),
    [setSearch],
  );
  return [readChosen(search), change];
}
