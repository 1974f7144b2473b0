import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { Link, useLocation } from "wouter";
import { limits } from "../../core/limits.ts";
import type { Agent } from "../api/answers.ts";
import { answered, api, within } from "../api/client.ts";
import { MoreButton } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Field, TextInput } from "../parts/field.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Page } from "../parts/page.tsx";
import { useSearchText } from "../parts/search-text.ts";
import { EmptyState } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { RelativeTime } from "../parts/time.tsx";
import { markOf } from "./agent-look.ts";
import { AgentName } from "./agent-name.tsx";
import { plain } from "./words.ts";

const columns: readonly Column<Agent>[] = [
  {
    id: "name",
    header: "Name",
    cell: ({ id, name, baseline }) => (
      <AgentName look={{ mark: markOf(name), baseline, index: 0 }} name={name} to={`/a/${id}`} />
    ),
    sortBy: ({ name }) => name,
  },
  {
    id: "type",
    header: "Type",
    cell: ({ strategy_type }) => plain(strategy_type),
    sortBy: ({ strategy_type }) => strategy_type,
  },
  {
    id: "strategy",
    header: "Strategy",
    cell: ({ strategy }) => <span className="soft">{plain(strategy)}</span>,
    sortBy: ({ strategy }) => strategy,
  },
  {
    id: "risk",
    header: "Risk",
    title: "A single buy is at most this share of the total value",
    end: true,
    cell: ({ risk_score }) =>
      risk_score === null ? <span className="soft">–</span> : <span className="num">{risk_score}</span>,
    sortBy: ({ risk_score }) => risk_score,
  },
  {
    id: "made",
    header: "Made",
    end: true,
    cell: ({ created_at }) => (
      <span className="soft">
        <RelativeTime at={created_at} />
      </span>
    ),
    sortBy: ({ created_at }) => created_at,
  },
];

export default function AgentsPage() {
  const [, navigate] = useLocation();
  const [text, setText] = useSearchText();
  const q = useDeferredValue(text.trim());
  const query = useInfiniteQuery({
    queryKey: ["agents", q],
    queryFn: ({ signal, pageParam }: { signal: AbortSignal; pageParam: string | undefined }) =>
      answered(api.agents.$get({ query: { q, limit: "100", cursor: pageParam } }, within(signal))),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchOnMount: "always",
  });
  return (
    <Page title="Agents">
      <Card
        title="All agents"
        flush
        actions={
          <Field label="Search by name or id">
            {(wiring) => (
              <TextInput
                {...wiring}
                type="search"
                maxLength={limits.nameCharsMax}
                value={text}
                onValue={setText}
                placeholder="Part of a name, or of an id"
              />
            )}
          </Field>
        }
      >
        <Loaded from={query} what="The agents did not load.">
          {(data) => (
            <Table
              label="Agents"
              rows={data.pages.flatMap(({ items }) => items)}
              columns={columns}
              rowKey={({ id }) => id}
              height="70dvh"
              onOpen={({ id }) => navigate(`/a/${id}`)}
              empty={
                q ? (
                  <EmptyState title="No agent has that in its name or id">
                    Try a shorter part of it; of an id, at least eight characters.
                  </EmptyState>
                ) : (
                  <EmptyState title="No agents yet">
                    <code>npm start</code> makes the house contestants; POST /agents makes one of your own.{" "}
                    <Link href="/">To the arena</Link>
                  </EmptyState>
                )
              }
            />
          )}
        </Loaded>
        <MoreButton of={query}>More</MoreButton>
      </Card>
    </Page>
  );
}
