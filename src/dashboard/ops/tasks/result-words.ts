/** What a task came to, in a few words. Pure. */
import type { Task } from "../../api/answers.ts";

type Json = Readonly<Record<string, unknown>>;
type Ended = Pick<Task, "name" | "state" | "progress"> & { readonly result: unknown; readonly error: unknown };

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isJson) : []);
const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
const coinOf = (order: Json): string => textOf(order.symbol).replace(/-[A-Z]+$/, "");

/** "buys BTC, SOL; sells ETH". */
function sides(orders: readonly Json[], words: { readonly buy: string; readonly sell: string }): string {
  const of = (side: "buy" | "sell") => [...new Set(orders.filter((order) => order.side === side).map(coinOf))];
  return (["buy", "sell"] as const)
    .flatMap((side) => (of(side).length > 0 ? [`${words[side]} ${of(side).join(", ")}`] : []))
    .join("; ");
}

const outcomes: Readonly<Record<string, string>> = {
  held: "held",
  exists: "had decided already",
  rehearsal: "rehearsed, placed nothing",
};

function decision(result: Json): string {
  const orders = sides(listOf(result.orders), { buy: "buys", sell: "sells" });
  const refused = listOf(result.refused).length;
  const made =
    orders || (result.outcome === "made" ? "ordered" : (outcomes[textOf(result.outcome)] ?? textOf(result.outcome)));
  return refused > 0 ? `${made}; ${refused} refused` : made;
}

function fills(result: Json): string {
  return sides(listOf(result.trades), { buy: "bought", sell: "sold" }) || "nothing filled";
}

/** Numbers and texts of a result, without its lists of ids. */
function plain(result: Json): string {
  return Object.entries(result)
    .flatMap(([key, value]) =>
      (typeof value === "number" || typeof value === "boolean" || (typeof value === "string" && value.length < 40)) &&
      value !== 0
        ? [`${key.replaceAll("_", " ")} ${value}`]
        : [],
    )
    .slice(0, 3)
    .join(" · ");
}

function errorWords(error: unknown): string {
  if (!isJson(error)) return textOf(error);
  return [textOf(error.code), textOf(error.message)].filter(Boolean).join(": ");
}

export function resultWords({ name, state, result, error, progress }: Ended): string {
  if (state === "FAILURE" || state === "RETRY") return errorWords(error);
  if (state === "STARTED") return progress === null ? "" : `${Math.round(progress * 100)} %`;
  if (!isJson(result)) return "";
  if (name === "run_agent_decision") return decision(result);
  if (name === "execute_agent_trade" && "trades" in result) return fills(result);
  return plain(result) || "done";
}
