/** The entries of live tournaments: which are alive, which owe a decision, which were recovered. */
import { useDeferredValue } from "react";
import { Link } from "wouter";
import { limits } from "../../../core/limits.ts";
import type { LiveEntry } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { RECOVER_EFFECT } from "../../arena/entry/recover-effect.ts";
import { Card } from "../../parts/card.tsx";
import { ConfirmButton } from "../../parts/confirm.tsx";
import { TextInput } from "../../parts/field.tsx";
import { ForOperators } from "../../parts/for-operators.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Count } from "../../parts/text/numbers.tsx";
import { useSearchText } from "../../parts/text/search-text.ts";
import { RelativeTime } from "../../parts/text/time.tsx";
import { OpsPage } from "../ops-page.tsx";
import { PagedFoot, usePages } from "../paged-list.tsx";
import { useAction } from "../polled.ts";
import { Verdict } from "./verdict.tsx";

const columns: readonly Column<LiveEntry>[] = [
  {
    id: "agent",
    header: "Agent",
    cell: (row) => (
      <span className="two-lines entry-name">
        <Link className="cut" href={`/t/${row.tournament_id}/${row.agent_id}`} title={row.agent}>
          {row.agent}
        </Link>
        <Link className="cut small soft plain" href={`/t/${row.tournament_id}`} title={row.tournament}>
          {row.tournament}
        </Link>
      </span>
    ),
  },
  {
    id: "verdict",
    header: "How it is",
    card: "wide",
    cell: (row) => <Verdict entry={row} />,
  },
  {
    id: "last",
    header: "Last decision",
    card: "wide",
    cell: (row) =>
      row.last_decision_at === null ? (
        <span className="soft">none yet</span>
      ) : (
        <span className="row last-decision">
          <span className="soft">
            round <span className="num">{row.last_round?.toLocaleString("en") ?? "?"}</span>,
          </span>
          <RelativeTime at={row.last_decision_at} />
        </span>
      ),
  },
  {
    id: "recoveries",
    header: "Recoveries",
    title: "In the last 30 days, as the page of recoveries lists them",
    end: true,
    cell: (row) =>
      row.recoveries === 0 ? (
        <Count value={0} />
      ) : (
        <Link
          href={`/ops/recoveries?agent_id=${row.agent_id}`}
          aria-label={`Recoveries of ${row.agent}: ${row.recoveries}`}
        >
          <Count value={row.recoveries} />
        </Link>
      ),
  },
  {
    id: "version",
    header: "Version",
    title: "Every change of its account or orders raises it, and so does every recovery",
    end: true,
    cell: (row) => <Count value={row.version} />,
  },
  {
    id: "act",
    header: "Actions",
    card: "wide",
    cell: (row) => (
      <ForOperators>
        {row.verdict === "halted" ? (
          <Link className="btn tiny" href={`/a/${row.agent_id}`}>
            Resume on its page
          </Link>
        ) : (
          <RecoverNow entry={row} />
        )}
      </ForOperators>
    ),
  },
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
    <OpsPage
      title="Agents"
      sub="The entries of live tournaments, the first that joined first. An entry is well when it owes no decision."
      polled={entries}
    >
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
                    Try a shorter part of the name, or at least eight characters of the id.
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
    ({ task_id }) => ({
      text: `The recovery of ${entry.agent} is queued.`,
      href: `/ops/tasks/${task_id}`,
      link: "Its task",
    }),
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
