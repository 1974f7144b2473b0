/** The entries of live tournaments: who is alive, who owes a decision, who had to be recovered. */
import { useDeferredValue } from "react";
import { Link } from "wouter";
import { limits } from "../../core/limits.ts";
import type { LiveEntry } from "../api/answers.ts";
import { answered, api, within } from "../api/client.ts";
import { RECOVER_EFFECT } from "../arena/words.ts";
import { Card } from "../parts/card.tsx";
import { Chip, type Tone } from "../parts/chip.tsx";
import { ConfirmButton } from "../parts/confirm.tsx";
import { TextInput } from "../parts/field.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Count } from "../parts/numbers.tsx";
import { useSearchText } from "../parts/search-text.ts";
import { EmptyState } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Duration, RelativeTime } from "../parts/time.tsx";
import { OpsPage } from "./ops-page.tsx";
import { PagedFoot, usePages } from "./pages.tsx";
import { useAction } from "./polled.ts";

const tones: Readonly<Record<LiveEntry["state"], Tone>> = {
  idle: "plain",
  owed: "wait",
  deciding: "link",
  retrying: "wait",
};

const columns: readonly Column<LiveEntry>[] = [
  {
    id: "agent",
    header: "Agent",
    sortBy: (row) => row.agent,
    cell: (row) => (
      <Link className="cut" href={`/t/${row.tournament_id}/${row.agent_id}`}>
        {row.agent}
      </Link>
    ),
  },
  {
    id: "tournament",
    header: "Tournament",
    sortBy: (row) => row.tournament,
    cell: (row) => (
      <Link className="cut" href={`/t/${row.tournament_id}`}>
        {row.tournament}
      </Link>
    ),
  },
  {
    id: "state",
    header: "State",
    sortBy: (row) => row.state,
    cell: (row) => (
      <span className="row">
        <Chip tone={tones[row.state]} dot beats={row.state === "deciding"}>
          {row.state}
        </Chip>
        {row.task_id && row.owed_round !== null ? (
          <Link href={`/ops/tasks/${row.task_id}`}>round {row.owed_round}</Link>
        ) : null}
      </span>
    ),
  },
  {
    id: "last",
    header: "Last decision",
    sortBy: (row) => row.last_decision_age_seconds,
    cell: (row) => <RelativeTime at={row.last_decision_at} />,
  },
  {
    id: "heartbeat",
    header: "Heartbeat",
    title: "Age of the last sign of life of the attempt that runs",
    end: true,
    sortBy: (row) => row.heartbeat_age_seconds,
    cell: (row) => <Duration seconds={row.heartbeat_age_seconds} />,
  },
  {
    id: "lease",
    header: "Lease",
    title: "What is left of it; when it has run out, the sweep takes the attempt back",
    end: true,
    sortBy: (row) => row.lease_seconds,
    cell: (row) =>
      row.lease_seconds !== null && row.lease_seconds < 0 ? (
        <Chip tone="bad">ran out</Chip>
      ) : (
        <Duration seconds={row.lease_seconds} />
      ),
  },
  {
    id: "version",
    header: "Version",
    end: true,
    sortBy: (row) => row.version,
    cell: (row) => <Count value={row.version} />,
  },
  {
    id: "recoveries",
    header: "Recoveries",
    end: true,
    sortBy: (row) => row.recoveries,
    cell: (row) => <Count value={row.recoveries} />,
  },
  { id: "act", header: "Actions", cell: (row) => <RecoverNow entry={row} /> },
];

export default function AgentsPage() {
  const [text, setText] = useSearchText();
  const q = useDeferredValue(text.trim());
  const entries = usePages(
    ["inspect", "entries", q],
    (cursor, signal) =>
      answered(api.inspect.entries.$get({ query: { q: q || undefined, limit: "100", cursor } }, within(signal))),
    { keeps: true },
  );
  return (
    <OpsPage title="Agents" sub="Entries of live tournaments." polled={entries}>
      <Card
        flush
        title="Live entries"
        actions={
          <TextInput
            type="search"
            aria-label="Search by agent, tournament or id"
            placeholder="Agent, tournament or id"
            maxLength={limits.nameCharsMax}
            value={text}
            onValue={setText}
          />
        }
      >
        <Loaded from={entries} what="The entries did not load.">
          {(rows) => (
            <Table
              label="Live entries"
              rows={rows}
              columns={columns}
              rowKey={(row) => row.entry_id}
              height="70vh"
              empty={
                q ? (
                  <EmptyState title="No live entry has that in its names or ids">
                    Try a shorter part of it; of an id, at least eight characters.
                  </EmptyState>
                ) : (
                  <EmptyState
                    title="No tournament is live"
                    actions={
                      <Link className="btn" href="/new">
                        New tournament
                      </Link>
                    }
                  >
                    Entries show here while their tournament is live.
                  </EmptyState>
                )
              }
              foot={<PagedFoot pages={entries} />}
            />
          )}
        </Loaded>
      </Card>
    </OpsPage>
  );
}

function RecoverNow({ entry }: { readonly entry: LiveEntry }) {
  const recover = useAction(
    () => {
      const { agent_id: id, tournament_id } = entry;
      return answered(api.agents[":id"].recover.$post({ param: { id }, query: { tournament_id } }));
    },
    `The recovery of ${entry.agent} is queued.`,
    "Not recovered.",
  );
  return (
    <ConfirmButton
      label="Recover"
      tiny
      busy={recover.isPending}
      name={`Recover ${entry.agent}`}
      title={`Recover ${entry.agent}?`}
      effect={RECOVER_EFFECT}
      yes="Recover it"
      no="Leave it"
      onYes={() => recover.mutate(undefined)}
    />
  );
}
