/** Says in the head of an entry's page that it is halted: nobody asks it, so nothing else on the page changes. */
import { useQuery } from "@tanstack/react-query";
import { Chip } from "../../parts/chip.tsx";
import { RelativeTime } from "../../parts/text/time.tsx";
import { stateQuery } from "./queries.ts";

const POLL_MS = 15_000;

interface HaltedChipProps {
  readonly tournamentId: string;
  readonly agentId: string;
}

export function HaltedChip({ tournamentId, agentId }: HaltedChipProps) {
  const { data } = useQuery({ ...stateQuery(tournamentId, agentId), refetchInterval: POLL_MS });
  if (!data || data.halted_at === null) return null;
  return (
    <Chip tone="bad">
      halted <RelativeTime at={data.halted_at} />
    </Chip>
  );
}
