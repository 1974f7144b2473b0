/** The agent's rounds, newest first: what it answered, by which door, what was refused and why, and what filled. */
import { type ReactNode, useState } from "react";
import type { LogItem } from "../../../api/answers.ts";
import { answered, api, within } from "../../../api/client.ts";
import { NewerButton, PagedFoot, usePages } from "../../../ops/paged-list.tsx";
import { Button } from "../../../parts/button.tsx";
import { Card } from "../../../parts/card.tsx";
import { Chip, StateBadge } from "../../../parts/chip.tsx";
import { Dialog } from "../../../parts/dialog.tsx";
import { JsonView } from "../../../parts/json-view.tsx";
import { Loaded } from "../../../parts/loaded.tsx";
import { EmptyState } from "../../../parts/states.tsx";
import { type Column, Table } from "../../../parts/table/table.tsx";
import { Moment } from "../../../parts/text/time.tsx";
import { OrderWords } from "../../decisions/order-list.tsx";
import { codeSentence } from "../../words.ts";

const byDoor = { rest: "by REST", mcp: "by MCP", webhook: "by webhook" } as const;

const columns: readonly Column<LogItem>[] = [
  { id: "round", header: "Round", end: true, card: "wide", cell: ({ round }) => <span className="num">{round}</span> },
  {
    id: "outcome",
    header: "Outcome",
    cell: ({ outcome, state }) =>
      outcome === null ? <span className="soft">the round is {state}</span> : <StateBadge state={outcome} />,
  },
  { id: "what", header: "What became of it", card: "wide", cell: (row) => <WhatBecame row={row} /> },
  {
    id: "answered",
    header: "Answered",
    cell: ({ answered: answer, stored }) =>
      answer?.at ? (
        <span className="row">
          <Moment at={answer.at} />
          <span className="small soft">{answer.door === null ? null : byDoor[answer.door]}</span>
        </span>
      ) : (
        <span className="soft">{stored ? "run by us" : "no answer"}</span>
      ),
  },
];

function WhatBecame({ row: { reason, stored } }: { readonly row: LogItem }) {
  if (reason !== null) {
    return (
      <span className="wraps">
        {codeSentence(reason)} <span className="soft mono">{reason}</span>
      </span>
    );
  }
  if (!stored) return null;
  if (stored.orders.length === 0) return <span className="said cut">{stored.reasoning}</span>;
  return (
    <ul className="orders">
      {stored.orders.map((order, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the orders of a stored decision never change
        <li key={i}>
          <OrderWords order={order} />
          {order.code === null ? (
            <span>
              <Chip tone="good">accepted</Chip>
            </span>
          ) : (
            <span>
              <Chip tone="bad">refused</Chip> {order.detail} <span className="soft mono">{order.code}</span>
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

interface RoundsProps {
  readonly agentId: string;
  readonly tournamentId: string;
  /** In the card's head. */
  readonly link: ReactNode;
  /** Above the rounds: which tournament's they are. */
  readonly choice: ReactNode;
}

export function OwnRounds({ agentId, tournamentId, link, choice }: RoundsProps) {
  const [open, setOpen] = useState<LogItem | null>(null);
  const rounds = usePages(
    ["own rounds", agentId, tournamentId],
    (cursor, signal) =>
      answered(
        api.agents[":id"].log.$get(
          { param: { id: agentId }, query: { tournament_id: tournamentId, cursor } },
          within(signal),
        ),
      ),
    { calm: ({ round }) => String(round) },
  );
  return (
    <Card
      title="Rounds"
      flush
      actions={
        <>
          {link}
          <NewerButton pages={rounds} />
        </>
      }
    >
      {choice}
      <Loaded from={rounds} what="Its rounds did not load.">
        {(rows) => (
          <Table
            label="Rounds"
            rows={rows}
            columns={columns}
            rowKey={({ round }) => String(round)}
            onOpen={setOpen}
            empty={
              <EmptyState title="No round has opened yet">
                Each round leaves a line here: what was sent, answered, stored and filled.
              </EmptyState>
            }
            foot={<PagedFoot pages={rounds} />}
          />
        )}
      </Loaded>
      <Dialog
        open={open !== null}
        onClose={() => setOpen(null)}
        title={`Round ${open?.round ?? ""}`}
        wide
        ends={<Button onClick={() => setOpen(null)}>Close</Button>}
      >
        <JsonView value={open} label="What was sent, answered, stored and filled" />
      </Dialog>
    </Card>
  );
}
