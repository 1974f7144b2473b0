/** One card an entry, along the bottom: its agent, its equity and what it holds. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "wouter";
import type { LeaderboardItem } from "../../api/answers.ts";
import { positionsQuery } from "../../live/tournament-queries.ts";
import { useGlide } from "../../parts/glide.ts";
import { Money, Percent } from "../../parts/text/numbers.tsx";
import { type Look, unknownLook } from "../agents/look.ts";
import { AgentName } from "../agents/name.tsx";
import { baseOf } from "../words.ts";

interface CardsProps {
  readonly tournamentId: string;
  readonly board: readonly LeaderboardItem[];
  readonly looks: ReadonlyMap<string, Look>;
  readonly isolated: string | null;
  /** False in a replay's frame, where the present holdings would be wrong. */
  readonly holdings?: boolean;
}

const CARDS_MAX = 24;

export function EntryCards({ tournamentId, board, looks, isolated, holdings = true }: CardsProps) {
  const { data } = useQuery({ ...positionsQuery(tournamentId), enabled: holdings });
  const held = useMemo(
    () => new Map(data?.map(({ agent_id, positions }) => [agent_id, positions.map(({ symbol }) => baseOf(symbol))])),
    [data],
  );
  const list = useGlide<HTMLUListElement>();
  const entries = board.filter(({ baseline }) => !baseline);
  return (
    <ul className="entry-cards" aria-label="Entries" ref={list}>
      {entries.slice(0, CARDS_MAX).map((item) => (
        <li
          key={item.agent_id}
          data-glide={item.agent_id}
          className={isolated !== null && isolated !== item.agent_id ? "faded" : undefined}
        >
          <Link className="entry-card plain" href={`/t/${tournamentId}/${item.agent_id}`}>
            <span className="row between">
              <AgentName look={looks.get(item.agent_id) ?? unknownLook} name={item.agent} />
              <span className="num soft">
                {item.status === "withdrawn" ? "withdrawn" : item.rank === null ? "" : `#${item.rank}`}
              </span>
            </span>
            <span className="row between">
              <span className="big">
                <Money value={item.equity} />
              </span>
              <Percent value={item.return} change />
            </span>
            <span className="soft small cut">
              {holdings ? `Holds ${held.get(item.agent_id)?.join(", ") || "cash"}` : `${item.trades} trades`}
            </span>
          </Link>
        </li>
      ))}
      {entries.length > CARDS_MAX ? (
        <li className="soft small more-entries">and {entries.length - CARDS_MAX} more in the leaderboard</li>
      ) : null}
    </ul>
  );
}
