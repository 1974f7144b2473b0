/** Who changed the rank between two boards, and by how much the equity changed. Pure. */
import { decimal, text } from "../../../core/money.ts";

interface Place {
  readonly agent_id: string;
  readonly agent: string;
  readonly rank: number | null;
  readonly equity: string;
}

export interface Move {
  readonly agent_id: string;
  readonly agent: string;
  readonly from: number;
  readonly to: number;
  /** Decimal text with its sign. */
  readonly change: string;
}

/** The best new rank first. Baselines and entries without a rank on one of the boards have not moved. */
export function movesOf(before: readonly Place[], after: readonly Place[]): Move[] {
  const earlier = new Map(before.map((place) => [place.agent_id, place]));
  return after
    .flatMap(({ agent_id, agent, rank: to, equity }) => {
      const { rank: from, equity: was } = earlier.get(agent_id) ?? { rank: null, equity };
      if (from === null || to === null || from === to) return [];
      return [{ agent_id, agent, from, to, change: text(decimal(equity).minus(decimal(was))) }];
    })
    .sort((a, b) => a.to - b.to);
}

/** Why it moved: an equity that stayed the same was overtaken, or others fell below it. */
export function whyMoved({ from, to, change }: Move, traded: boolean): string {
  if (traded) return "it traded";
  if (change !== "0") return "its holdings moved";
  return to < from ? "others fell below it" : "passed by others";
}
