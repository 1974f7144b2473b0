import { useInfiniteQuery } from "@tanstack/react-query";
import { ArrowLeftRight } from "lucide-react";
import type { TradeItem } from "../api/answers.ts";
import { itemsOf, tradesQuery } from "../live/tournament-queries.ts";
import { MoreButton } from "../parts/button.tsx";
import { useGlide } from "../parts/glide.ts";
import { Loaded } from "../parts/loaded.tsx";
import { EmptyState } from "../parts/states.tsx";
import { Money, Price, Quantity } from "../parts/text/numbers.tsx";
import { ClockTime, DateTime } from "../parts/text/time.tsx";
import { type Look, unknownLook } from "./agents/look.ts";
import { AgentName } from "./agents/name.tsx";
import { useRoundTimes } from "./round-times.ts";
import { baseOf } from "./words.ts";

interface TradesProps {
  readonly tournamentId: string;
  readonly looks: ReadonlyMap<string, Look>;
  readonly isolated: string | null;
  /** True on an entry's own page. */
  readonly nameless?: boolean;
}

export function TradesTab({ tournamentId, looks, isolated, nameless }: TradesProps) {
  const query = useInfiniteQuery(tradesQuery(tournamentId, isolated));
  const list = useGlide<HTMLUListElement>();
  return (
    <Loaded from={query} what="The trades did not load." bones={6}>
      {(data) => {
        const trades = itemsOf(data, ({ id }) => id);
        return trades.length === 0 ? (
          <EmptyState title="No trades yet" icon={<ArrowLeftRight aria-hidden />}>
            Orders are filled once their round has closed and its prices are quoted.
          </EmptyState>
        ) : (
          <>
            <ul className="trades" ref={list}>
              {trades.map((trade) => (
                <Trade
                  key={trade.id}
                  trade={trade}
                  look={looks.get(trade.agent_id)}
                  to={nameless ? null : `/t/${tournamentId}/${trade.agent_id}`}
                />
              ))}
            </ul>
            <MoreButton of={query}>Older trades</MoreButton>
          </>
        );
      }}
    </Loaded>
  );
}

interface TradeProps {
  readonly trade: TradeItem;
  readonly look: Look | undefined;
  /** The entry's page; null on that page itself. */
  readonly to: string | null;
}

export function Trade({ trade, look = unknownLook, to }: TradeProps) {
  const { side, symbol, quantity, price, fee, cash_change, realized_profit, round, agent, filled_at } = trade;
  const { marketTime, everySeconds } = useRoundTimes();
  return (
    <li data-glide={trade.id}>
      <div className="row between">
        {to === null ? <span className="num">Round {round}</span> : <AgentName look={look} name={agent} to={to} />}
        <span className="soft small when">
          {to === null ? null : <span className="num">Round {round}</span>}{" "}
          {marketTime ? <DateTime at={marketTime(round)} everySeconds={everySeconds} /> : <ClockTime at={filled_at} />}
        </span>
      </div>
      <div className="row between trade-line">
        <span>
          <span className={`side ${side}`}>{side}</span> <Quantity value={quantity} /> {baseOf(symbol)} at{" "}
          <Price value={price} />
        </span>
        <Money value={cash_change} change={false} />
      </div>
      <div className="row between soft small">
        <span>
          fee <Money value={fee} />
        </span>
        {realized_profit === null ? null : (
          <span>
            realised <Money value={realized_profit} change />
          </span>
        )}
      </div>
    </li>
  );
}
