import { useInfiniteQuery } from "@tanstack/react-query";
import { ArrowLeftRight } from "lucide-react";
import { useMemo } from "react";
import type { TradeItem } from "../api/answers.ts";
import { itemsOf, tradesQuery } from "../live/tournament-queries.ts";
import { Button } from "../parts/button.tsx";
import { priceText, quantityText } from "../parts/number-text.ts";
import { Money } from "../parts/numbers.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../parts/states.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { type Look, unknownLook } from "./agent-look.ts";
import { AgentName } from "./agent-name.tsx";
import { baseOf } from "./words.ts";

interface TradesProps {
  readonly tournamentId: string;
  readonly looks: ReadonlyMap<string, Look>;
  readonly isolated: string | null;
  /** On an entry's own page. */
  readonly nameless?: boolean;
}

export function TradesTab({ tournamentId, looks, isolated, nameless }: TradesProps) {
  const query = useInfiniteQuery(tradesQuery(tournamentId, isolated));
  const trades = useMemo(() => itemsOf(query.data, ({ id }) => id), [query.data]);
  if (query.isPending)
    return (
      <div className="tab-pad">
        <SkeletonRows />
      </div>
    );
  if (query.isError) {
    return <ErrorState what="The trades did not load." error={query.error} retry={() => void query.refetch()} />;
  }
  const more = query.hasNextPage ? (
    <div className="more">
      <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        Older trades
      </Button>
    </div>
  ) : null;
  if (trades.length === 0) {
    return (
      <>
        <EmptyState title="No trades yet" icon={<ArrowLeftRight aria-hidden />}>
          Orders are filled once their round has closed and its prices are quoted.
        </EmptyState>
        {more}
      </>
    );
  }
  return (
    <div>
      <ul className="trades">
        {trades.map((trade) => (
          <Trade
            key={trade.id}
            trade={trade}
            look={looks.get(trade.agent_id)}
            to={nameless ? null : `/t/${tournamentId}/${trade.agent_id}`}
          />
        ))}
      </ul>
      {more}
    </div>
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
  return (
    <li>
      <div className="row between">
        {to === null ? <span className="num">Round {round}</span> : <AgentName look={look} name={agent} to={to} />}
        <span className="soft small when">
          {to === null ? null : <span className="num">Round {round}</span>} <RelativeTime at={filled_at} />
        </span>
      </div>
      <div className="row between trade-line">
        <span>
          <span className={`side ${side}`}>{side}</span> <span className="num">{quantityText(quantity)}</span>{" "}
          {baseOf(symbol)} at <span className="num">{priceText(price)}</span>
        </span>
        <Money value={cash_change} change={false} />
      </div>
      <div className="row between soft small">
        <span>
          fee <Money value={fee} places={4} />
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
