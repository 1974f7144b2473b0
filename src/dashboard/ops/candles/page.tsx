/** The stored candles that replays run on, with what their import found; and the upload of a file. */
import { useQuery } from "@tanstack/react-query";
import type { CandleSource } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { intervalText } from "../../arena/words.ts";
import { Card } from "../../parts/card.tsx";
import { CopyId } from "../../parts/copy/copy-id.tsx";
import { ForOperators } from "../../parts/for-operators.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Day } from "../../parts/text/day.tsx";
import { OpsPage } from "../ops-page.tsx";
import { UploadForm } from "./upload-form.tsx";

/** The newest. */
const SHOWN = "100";

const columns: readonly Column<CandleSource>[] = [
  { id: "name", header: "Name", sortBy: (row) => row.name, cell: (row) => row.name },
  {
    id: "symbols",
    header: "Symbols",
    card: "wide",
    cell: (row) => <span className="mono">{row.symbols.join(", ")}</span>,
  },
  {
    id: "interval",
    header: "Interval",
    sortBy: (row) => row.interval_seconds,
    cell: (row) => intervalText(row.interval_seconds),
  },
  {
    id: "from",
    header: "From",
    sortBy: (row) => row.first_open_at,
    cell: (row) => <Day at={row.first_open_at} />,
  },
  { id: "to", header: "To", sortBy: (row) => row.last_open_at, cell: (row) => <Day at={row.last_open_at} /> },
  { id: "id", header: "Id", cell: (row) => <CopyId id={row.id} what="candle source id" /> },
  { id: "notes", header: "Found in the files", card: "wide", cell: (row) => row.notes.join("; ") },
];

export default function CandlesPage() {
  const sources = useQuery({
    queryKey: ["ops", "candle-sources"],
    queryFn: ({ signal }) => answered(api["candle-sources"].$get({ query: { limit: SHOWN } }, within(signal))),
    retry: false,
  });
  return (
    <OpsPage title="Candles" sub="A replay runs on stored candles: of files, and of synthetic markets.">
      <ForOperators>
        <UploadForm sources={sources.data?.items ?? []} />
      </ForOperators>
      <Card flush title="Stored candles">
        <Loaded from={sources} what="The stored candles did not load.">
          {({ items }) => (
            <Table
              label="Stored candles"
              rows={items}
              columns={columns}
              rowKey={(row) => row.id}
              height="60vh"
              empty={
                <EmptyState title="No candles are stored yet">
                  Upload a file, or import a folder: <code>npm run tournament -- --candles DIR</code>
                </EmptyState>
              }
            />
          )}
        </Loaded>
      </Card>
    </OpsPage>
  );
}
