import { useQuery } from "@tanstack/react-query";
import { Layers } from "lucide-react";
import { useMemo } from "react";
import { type Holding, holdingsOf } from "../live/position-values.ts";
import { positionsQuery, pricesQuery } from "../live/tournament-queries.ts";
import { Loaded } from "../parts/loaded.tsx";
import { EmptyState } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table/table.tsx";
import { Money, Quantity } from "../parts/text/numbers.tsx";
import { type Look, unknownLook } from "./agents/look.ts";
import { AgentName } from "./agents/name.tsx";
import { baseOf } from "./words.ts";

interface PositionsProps {
  readonly tournamentId: string;
  readonly looks: ReadonlyMap<string, Look>;
  readonly isolated: string | null;
}

export function PositionsTab({ tournamentId, looks, isolated }: PositionsProps) {
  const query = useQuery(positionsQuery(tournamentId));
  const { data: prices } = useQuery(pricesQuery(tournamentId));
  return (
    <Loaded from={query} what="The positions did not load." bones={6}>
      {(items) => (
        <PositionsTable
          holdings={holdingsOf(items, prices ?? {}).filter(
            ({ agent_id }) => isolated === null || agent_id === isolated,
          )}
          looks={looks}
          to={(agentId) => `/t/${tournamentId}/${agentId}`}
          nameless={isolated !== null}
        />
      )}
    </Loaded>
  );
}

interface TableProps {
  readonly holdings: readonly Holding[];
  readonly looks: ReadonlyMap<string, Look>;
  readonly to: (agentId: string) => string;
  readonly nameless?: boolean;
}

export function PositionsTable({ holdings, looks, to, nameless }: TableProps) {
  const columns = useMemo((): Column<Holding>[] => {
    const name: Column<Holding> = {
      id: "agent",
      header: "Agent",
      cell: ({ agent_id, agent }) => (
        <AgentName look={looks.get(agent_id) ?? unknownLook} name={agent} to={to(agent_id)} />
      ),
      sortBy: ({ agent }) => agent,
    };
    return [
      ...(nameless ? [] : [name]),
      { id: "asset", header: "Asset", cell: ({ symbol }) => baseOf(symbol), sortBy: ({ symbol }) => symbol },
      { id: "quantity", header: "Quantity", end: true, cell: ({ quantity }) => <Quantity value={quantity} /> },
      {
        id: "notional",
        header: "Notional",
        title: "Quantity times the newest price",
        end: true,
        cell: ({ notional }) => <Money value={notional} />,
        sortBy: ({ notional }) => (notional === null ? null : Number(notional)),
      },
      {
        id: "unrealised",
        header: "Unrealised",
        title: "Notional less the price paid, fees included",
        end: true,
        cell: ({ unrealised }) => <Money value={unrealised} change />,
        sortBy: ({ unrealised }) => (unrealised === null ? null : Number(unrealised)),
      },
    ];
  }, [looks, to, nameless]);
  return (
    <Table
      label="Positions"
      rows={holdings}
      columns={columns}
      rowKey={({ agent_id, symbol }) => `${agent_id} ${symbol}`}
      empty={
        <EmptyState title={nameless ? "It holds only cash" : "Nobody holds anything"} icon={<Layers aria-hidden />}>
          A position shows here as soon as a buy is filled.
        </EmptyState>
      }
    />
  );
}
