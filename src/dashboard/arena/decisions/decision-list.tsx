import { useInfiniteQuery } from "@tanstack/react-query";
import { ScrollText } from "lucide-react";
import { type ReactNode, useDeferredValue } from "react";
import type { LogItem } from "../../live/apply-event.ts";
import { decisionsQuery, itemsOf } from "../../live/tournament-queries.ts";
import { MoreButton } from "../../parts/button.tsx";
import { useGlide } from "../../parts/glide.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { useChosen } from "../chosen.ts";
import { LogFilter, nothingFound, nothingSaid } from "./filter.tsx";
import { logKey, withoutCut } from "./groups.ts";

interface ListProps {
  readonly tournamentId: string;
  /** Shows this agent's decisions alone. */
  readonly agentId: string | null;
  /** The filter offers the decisions of baselines too. */
  readonly baselines?: boolean;
  /** Loads older rounds by itself while the list ends in view. */
  readonly fill?: boolean;
  /** `part`: rounds may have decisions that are not among the items. */
  readonly children: (items: readonly LogItem[], part: boolean) => ReactNode;
}

/** Decisions under their filter, newest first. Says why there are none. */
export function DecisionList({ tournamentId, agentId, baselines = false, fill = false, children }: ListProps) {
  const [chosen, choose] = useChosen();
  const said = useDeferredValue(chosen.said.trim());
  const filter = { only: chosen.only, baselines: agentId !== null || chosen.log === "everyone", said };
  const query = useInfiniteQuery(decisionsQuery(tournamentId, agentId, filter));
  const list = useGlide<HTMLDivElement>();
  return (
    <>
      <LogFilter chosen={chosen} onChosen={choose} baselines={baselines} />
      <Loaded from={query} what="The decisions did not load." bones={6}>
        {(data) => {
          const loaded = itemsOf(data, logKey);
          const items = query.hasNextPage ? withoutCut(loaded) : loaded;
          const cut = query.hasNextPage && items === loaded;
          if (items.length === 0 && !query.hasNextPage) {
            const [title, next] = said === "" ? nothingFound[chosen.only] : nothingSaid;
            return (
              <EmptyState title={title} icon={<ScrollText aria-hidden />}>
                {next}
              </EmptyState>
            );
          }
          return (
            <div className="decision-list" ref={list}>
              {children(items, cut || said !== "" || chosen.only !== "all")}
              <MoreButton of={query} fill={fill}>
                Older rounds
              </MoreButton>
            </div>
          );
        }}
      </Loaded>
    </>
  );
}
