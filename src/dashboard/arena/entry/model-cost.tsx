/** What an entry's language model has spent, and what it has left. */
import { useQuery } from "@tanstack/react-query";
import { costQuery } from "../../live/model-queries.ts";
import { Chip } from "../../parts/chip.tsx";
import { ErrorState } from "../../parts/states.tsx";
import { priceText } from "../../parts/text/number-text.ts";
import { Count } from "../../parts/text/numbers.tsx";

export function ModelCostLine({ tournamentId, agentId }: { readonly tournamentId: string; readonly agentId: string }) {
  const { data, error, refetch } = useQuery(costQuery(tournamentId, agentId));
  if (error && !data) return <ErrorState what="The costs did not load." error={error} retry={() => void refetch()} />;
  if (!data) return null;
  return (
    <p className="small model-cost">
      <span className="soft">Thinks by</span> <span className="said">{data.model}</span>
      <span className="soft">:</span> <Count value={data.calls} /> calls, <Count value={data.input_tokens} /> tokens in,{" "}
      <Count value={data.output_tokens} /> out
      {data.estimated ? " (partly estimated)" : ""}
      {data.usd === null ? ", price unknown" : `, $${priceText(data.usd)}`}
      {data.budget_usd === null ? "" : ` of $${priceText(data.budget_usd)}`}{" "}
      {data.budget_warning ? <Chip tone="bad">80 % of its budget spent</Chip> : null}
    </p>
  );
}
