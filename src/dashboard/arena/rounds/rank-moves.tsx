/** Why ranks changed in a round: who passed whom, by how much equity, and what each had traded. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp } from "lucide-react";
import { boardAtQuery } from "../../live/tournament-queries.ts";
import { Money } from "../../parts/text/numbers.tsx";
import { type Look, unknownLook } from "../agents/look.ts";
import { AgentName } from "../agents/name.tsx";
import { movesOf, whyMoved } from "./moves.ts";

interface MovesProps {
  readonly tournamentId: string;
  readonly round: number;
  readonly looks: ReadonlyMap<string, Look>;
  /** Agents with a fill in the round. */
  readonly traded: ReadonlySet<string>;
}

export function RankMoves({ tournamentId, round, looks, traded }: MovesProps) {
  const { data: after } = useQuery({ ...boardAtQuery(tournamentId, round), placeholderData: keepPreviousData });
  const { data: before } = useQuery({
    ...boardAtQuery(tournamentId, Math.max(0, round - 1)),
    enabled: round > 0,
    placeholderData: keepPreviousData,
  });
  if (round === 0 || !after || !before) return null;
  const moves = movesOf(before, after);
  return (
    <section className="stack tight">
      <h3 className="minor">Ranks</h3>
      {moves.length === 0 ? (
        <p className="soft">Nobody passed anybody in this round.</p>
      ) : (
        <ul className="rank-moves">
          {moves.map((move) => {
            const { agent_id, agent, from, to, change } = move;
            return (
              <li key={agent_id}>
                <AgentName
                  look={looks.get(agent_id) ?? unknownLook}
                  name={agent}
                  to={`/t/${tournamentId}/${agent_id}?round=${round}`}
                />
                <span className={`row num ${to < from ? "good" : "bad"}`}>
                  {to < from ? <ArrowUp size={12} aria-hidden /> : <ArrowDown size={12} aria-hidden />}
                  {from} → {to}
                </span>
                <span>
                  equity <Money value={change} change />
                  <span className="soft">, {whyMoved(move, traded.has(agent_id))}</span>
                </span>
              </li>
            );
          })}
        </ul>
      )}
      <p className="soft small">Rank follows equity: cash, plus holdings at the middle of the round's quote.</p>
    </section>
  );
}
