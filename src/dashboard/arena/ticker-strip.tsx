/** The traded assets with their newest prices, and the entries with the highest and lowest equity. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import type { LeaderboardItem } from "../api/answers.ts";
import type { Prices } from "../live/apply-event.ts";
import { pricesQuery } from "../live/tournament-queries.ts";
import { Money, Percent, Price } from "../parts/text/numbers.tsx";
import { exactText } from "../parts/text/time-text.ts";
import { type Look, unknownLook } from "./agents/look.ts";
import { AgentName } from "./agents/name.tsx";
import { baseOf } from "./words.ts";

interface StripProps {
  readonly tournamentId: string;
  readonly symbols: readonly string[];
  readonly board: readonly LeaderboardItem[] | undefined;
  readonly looks: ReadonlyMap<string, Look>;
  /** The prices of a replay's frame. */
  readonly prices?: Prices;
}

export function TickerStrip({ tournamentId, symbols, board, looks, prices: own }: StripProps) {
  const { data } = useQuery({ ...pricesQuery(tournamentId), enabled: own === undefined });
  const prices = own ?? data ?? {};
  const entries = (board ?? []).filter(({ baseline }) => !baseline);
  const [highest, lowest] = [entries[0], entries.at(-1)];
  const even = highest?.equity === lowest?.equity;
  return (
    <div className="ticker">
      <ul aria-label="Prices">
        {symbols.map((symbol) => (
          <TickerPrice
            key={symbol}
            symbol={symbol}
            price={prices[symbol]?.price}
            at={prices[symbol]?.at}
            still={own !== undefined}
          />
        ))}
      </ul>
      {board !== undefined && entries.length < 2 ? null : (
        // Both keep their room: the first fills of a tournament move nothing.
        <div className="standings">
          <div className={`extremes ${even ? "unseen" : ""}`}>
            <Extreme label="Highest" item={highest} looks={looks} tournamentId={tournamentId} />
            <Extreme label="Lowest" item={lowest} looks={looks} tournamentId={tournamentId} />
          </div>
          {even && highest ? (
            <div className="even soft">
              All are even at <Money value={highest.equity} />
            </div>
          ) : null}
        </div>
      )}
    </div>
  );
}

interface PriceProps {
  readonly symbol: string;
  readonly price: string | undefined;
  readonly at: string | undefined;
  /** A replay's frames would flash all the time. */
  readonly still: boolean;
}

/** Flashes in a colour when the price changes. */
function TickerPrice({ symbol, price, at, still }: PriceProps) {
  const before = useRef(price);
  const [moved, setMoved] = useState<"up" | "down" | "">("");
  useEffect(() => {
    const last = before.current;
    before.current = price;
    if (still || last === undefined || price === undefined || last === price) return;
    setMoved(Number(price) > Number(last) ? "up" : "down");
    const timer = setTimeout(() => setMoved(""), 1200);
    return () => clearTimeout(timer);
  }, [price, still]);
  return (
    <li className={`price ${moved}`} title={at ? exactText(at) : "No price yet"}>
      <span className="soft">{baseOf(symbol)}</span>
      <Price value={price ?? null} />
    </li>
  );
}

interface ExtremeProps {
  readonly label: string;
  readonly item: LeaderboardItem | undefined;
  readonly looks: ReadonlyMap<string, Look>;
  readonly tournamentId: string;
}

/** Without an item it keeps its room. */
function Extreme({ label, item, looks, tournamentId }: ExtremeProps) {
  if (!item) {
    return (
      <span className="extreme">
        {label} <AgentName look={unknownLook} name="" />
        <Percent value={0} change />
      </span>
    );
  }
  return (
    <Link className="extreme plain" href={`/t/${tournamentId}/${item.agent_id}`}>
      <span className="soft">{label}</span>
      <AgentName look={looks.get(item.agent_id) ?? unknownLook} name={item.agent} />
      <Percent value={item.return} change />
    </Link>
  );
}
