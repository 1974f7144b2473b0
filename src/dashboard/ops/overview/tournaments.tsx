/** Live tournaments on the overview. */
import { Link } from "wouter";
import type { Tournament } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { hasOpenEnd } from "../../arena/words.ts";
import { Card } from "../../parts/card.tsx";
import { StateBadge } from "../../parts/chip.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Count } from "../../parts/text/numbers.tsx";
import { RelativeTime } from "../../parts/text/time.tsx";
import { usePolled } from "../polled.ts";

const columns: readonly Column<Tournament>[] = [
  { id: "name", header: "Tournament", cell: (row) => <Link href={`/t/${row.id}`}>{row.name}</Link> },
  { id: "status", header: "Status", cell: (row) => <StateBadge state={row.status} /> },
  { id: "entries", header: "Entries", end: true, cell: (row) => <Count value={row.entries} /> },
  { id: "round", header: "Round", end: true, cell: (row) => <Count value={row.current_round?.number ?? null} /> },
  {
    id: "state",
    header: "The round is",
    cell: (row) => (row.current_round?.state ? <StateBadge state={row.current_round.state} /> : null),
  },
  { id: "ends", header: "Ends", cell: (row) => <Ends row={row} /> },
];

function Ends({ row: { rounds, ends_at } }: { readonly row: Tournament }) {
  return hasOpenEnd(rounds) ? <span className="soft">open end</span> : <RelativeTime at={ends_at} />;
}

export function LiveTournaments() {
  const live = usePolled(["tournaments", "live"], (signal) =>
    answered(api.tournaments.$get({ query: { status: "live" } }, within(signal))),
  );
  return (
    <Card
      flush
      title="Live tournaments"
      actions={
        <Link className="btn tiny" href="/new">
          New tournament
        </Link>
      }
    >
      <Loaded from={live} what="The tournaments did not load.">
        {({ items }) => (
          <Table
            label="Live tournaments"
            rows={items}
            columns={columns}
            rowKey={(row) => row.id}
            empty={
              <EmptyState title="No tournament is live">Make one, or wait until an upcoming one starts.</EmptyState>
            }
          />
        )}
      </Loaded>
    </Card>
  );
}
