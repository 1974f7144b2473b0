import { useInfiniteQuery } from "@tanstack/react-query";
import { ScrollText } from "lucide-react";
import { useState } from "react";
import { decisionsQuery, itemsOf } from "../live/tournament-queries.ts";
import { MoreButton } from "../parts/button.tsx";
import { Checkbox } from "../parts/field.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { EmptyState } from "../parts/states.tsx";
import type { Look } from "./agent-look.ts";
import { LogLine, logKey } from "./decisions-tab.tsx";

interface LogProps {
  readonly tournamentId: string;
  readonly agentId: string;
  readonly look: Look;
}

/** The decision log: a folding card a round, newest first. */
export function EntryDecisions({ tournamentId, agentId, look }: LogProps) {
  const [ordersOnly, setOrdersOnly] = useState(false);
  const query = useInfiniteQuery(decisionsQuery(tournamentId, agentId));
  return (
    <Loaded from={query} what="The decisions did not load." bones={6}>
      {(data) => {
        const all = itemsOf(data, logKey);
        const shown = ordersOnly ? all.filter((item) => item.outcome !== "missed" && item.orders.length > 0) : all;
        return (
          <>
            <div className="list-tools">
              <Checkbox label="Only those with orders" checked={ordersOnly} onChecked={setOrdersOnly} />
              <span className="soft small">
                <span className="num">{shown.length}</span> of the newest <span className="num">{all.length}</span>{" "}
                rounds
              </span>
            </div>
            {shown.length === 0 ? (
              <EmptyState
                title={ordersOnly ? "No orders in these rounds" : "No decisions yet"}
                icon={<ScrollText aria-hidden />}
              >
                {ordersOnly
                  ? "It has held so far; older rounds may have some."
                  : "They show when the first round has closed."}
              </EmptyState>
            ) : (
              shown.map((item) => <LogLine key={item.round} item={item} tournamentId={tournamentId} look={look} />)
            )}
            <MoreButton of={query}>Older rounds</MoreButton>
          </>
        );
      }}
    </Loaded>
  );
}
