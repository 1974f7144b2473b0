import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { LeaderboardItem, Tournament } from "../../api/answers.ts";
import { equityOf } from "../../live/position-values.ts";
import { positionsQuery, pricesQuery } from "../../live/tournament-queries.ts";
import { Skeleton } from "../../parts/states.tsx";
import { moneyText } from "../../parts/text/number-text.ts";
import { Count, Money, Nothing, Percent } from "../../parts/text/numbers.tsx";
import { Sharpe, WinRate } from "../figures.tsx";
import { quoteOf } from "../words.ts";

interface KpiProps {
  /** Undefined while it loads, and before the entry's first round. */
  readonly item: LeaderboardItem | undefined;
  readonly tournament: Tournament;
  readonly agentId: string;
}

export function EntryKpis({ item, tournament, agentId }: KpiProps) {
  const { data: positions } = useQuery(positionsQuery(tournament.id));
  const { data: prices } = useQuery(pricesQuery(tournament.id));
  const account = positions?.find(({ agent_id }) => agent_id === agentId);
  const now = account && equityOf(account, prices ?? {});
  if (!item) {
    return (
      <div className="kpis-bones">
        <Skeleton height="100%" />
      </div>
    );
  }
  return (
    <dl className="kpis">
      <Kpi name="Rank" main>
        {item.rank === null ? (
          <span className="soft small">
            {item.baseline ? "baseline" : item.status === "active" ? "none yet" : item.status}
          </span>
        ) : (
          <span className="num">{item.rank}</span>
        )}
        {item.rank_change ? (
          <span className={`small ${item.rank_change > 0 ? "good" : "bad"}`}>
            {" "}
            {item.rank_change > 0 ? "up" : "down"} <span className="num">{Math.abs(item.rank_change)}</span>
          </span>
        ) : null}
      </Kpi>
      <Kpi name={`Equity, ${quoteOf(tournament.symbols)}`} main>
        <Money value={item.equity} />
      </Kpi>
      <Kpi name="Return" main>
        <Percent value={item.return} change />
      </Kpi>
      <Kpi name="At the newest prices">
        {now ? (
          sameShown(now, item.equity) ? (
            <span className="soft">the same</span>
          ) : (
            <Money value={now} />
          )
        ) : (
          <Nothing />
        )}
      </Kpi>
      <Kpi name="Cash">{account ? <Money value={account.cash} /> : <Nothing />}</Kpi>
      <Kpi name="Profit">
        <Money value={item.profit} change />
      </Kpi>
      <Kpi name="Realised">
        <Money value={item.realized_profit} change />
      </Kpi>
      <Kpi name="Fees">
        <Money value={item.fees} />
      </Kpi>
      <Kpi name="Trades">
        <Count value={item.trades} />
      </Kpi>
      <Kpi name="Win rate">
        <WinRate of={item} />
      </Kpi>
      <Kpi name="Biggest win">
        <Money value={item.biggest_win} change />
      </Kpi>
      <Kpi name="Biggest loss">
        <Money value={item.biggest_loss} change />
      </Kpi>
      <Kpi name="Sharpe">
        <Sharpe of={item} />
      </Kpi>
      <Kpi name="Max drawdown">
        <Percent value={item.max_drawdown} />
      </Kpi>
    </dl>
  );
}

/** Whether a reader would see the same amount twice. */
function sameShown(a: string, b: string): boolean {
  return moneyText(a) === moneyText(b);
}

function Kpi({
  name,
  main,
  children,
}: {
  readonly name: string;
  readonly main?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div className={main ? "main" : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
