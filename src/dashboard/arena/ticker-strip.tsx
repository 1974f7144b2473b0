/** The traded assets with their newest price, and who is highest and lowest. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import type { LeaderboardItem } from "../api/answers.ts";
import type { Prices } from "../live/held.ts";
import { pricesQuery } from "../live/tournament-queries.ts";
import { priceText } from "../parts/number-text.ts";
import { Percent } from "../parts/numbers.tsx";
import { exactText } from "../parts/time-text.ts";
import { type Look, unknownLook } from "./agent-look.ts";
import { AgentName } from "./agent-name.tsx";
import { baseOf } from "./words.ts";

interface StripProps {
  readonly tournamentId: string;
  readonly symbols: readonly string[];
  readonly board: readonly LeaderboardItem[] | undefined;
  readonly looks: ReadonlyMap<string, Look>;
  /** A replay's frame has its own. */
  readonly prices?: Prices;
}

export function TickerStrip({ tournamentId, symbols, board, looks, prices: own }: StripProps) {
  const { data } = useQuery({ ...pricesQuery(tournamentId), enabled: own === undefined });
  const prices = own ?? data ?? {};
  const entries = (board ?? []).filter(({ baseline }) => !baseline);
  return (
    <div className="ticker">
      <ul aria-label="Prices">
        {symbols.map((symbol) => (
          <Price key={symbol} symbol={symbol} price={prices[symbol]?.price} at={prices[symbol]?.at} />
        ))}
      </ul>
      {entries.length > 1 ? (
        <div className="extremes">
          <Extreme label="Highest" item={entries[0]} looks={looks} tournamentId={tournamentId} />
          <Extreme label="Lowest" item={entries.at(-1)} looks={looks} tournamentId={tournamentId} />
        </div>
      ) : null}
    </div>
  );
}

interface PriceProps {
  readonly symbol: string;
  readonly price: string | undefined;
  readonly at: string | undefined;
}

/** Moves only where the price did: a wash of colour that fades. */
function Price({ symbol, price, at }: PriceProps) {
  const before = useRef(price);
  const [moved, setMoved] = useState<"up" | "down" | "">("");
  useEffect(() => {
    const last = before.current;
    before.current = price;
    if (last === undefined || price === undefined || last === price) return;
    setMoved(Number(price) > Number(last) ? "up" : "down");
    const timer = setTimeout(() => setMoved(""), 1200);
    return () => clearTimeout(timer);
  }, [price]);
  return (
    <li className={`price ${moved}`} title={at ? exactText(at) : "No price yet"}>
      <span className="soft">{baseOf(symbol)}</span>
      <span className="num">{price === undefined ? "–" : priceText(price)}</span>
    </li>
  );
}

interface ExtremeProps {
  readonly label: string;
  readonly item: LeaderboardItem | undefined;
  readonly looks: ReadonlyMap<string, Look>;
  readonly tournamentId: string;
}

function Extreme({ label, item, looks, tournamentId }: ExtremeProps) {
  if (!item) return null;
  return (
    <Link className="extreme plain" href={`/t/${tournamentId}/${item.agent_id}`}>
      <span className="soft">{label}</span>
      <AgentName look={looks.get(item.agent_id) ?? unknownLook} name={item.agent} />
      <Percent value={item.return} change />
    </Link>
  );
}
