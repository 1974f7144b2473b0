import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useDeferredValue } from "react";
import { Link, useLocation } from "wouter";
import { limits } from "../../../core/limits.ts";
import type { ListedAgent } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { MoreButton } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Field, TextInput } from "../../parts/field.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Page } from "../../parts/page.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { Count, Percent } from "../../parts/text/numbers.tsx";
import { useSearchText } from "../../parts/text/search-text.ts";
import { RelativeTime } from "../../parts/text/time.tsx";
import { plain } from "../words.ts";
import { lookOf } from "./look.ts";
import { AgentName } from "./name.tsx";

const resultsOf = ({ results }: ListedAgent) => results ?? null;

const columns: readonly Column<ListedAgent>[] = [
  {
    id: "name",
    header: "Name",
    cell: ({ id, name, baseline }) => <AgentName look={lookOf({ id, name, baseline })} name={name} to={`/a/${id}`} />,
    sortBy: ({ name }) => name,
  },
  {
    id: "strategy",
    header: "Strategy",
    card: "wide",
    cell: ({ strategy, baseline }) => (
      <span className="row">
        {plain(strategy)} {baseline ? <Chip>baseline</Chip> : null}
      </span>
    ),
    sortBy: ({ strategy }) => strategy,
  },
  {
    id: "tournaments",
    header: "Tournaments",
    end: true,
    cell: (agent) => <Count value={resultsOf(agent)?.tournaments ?? null} />,
    sortBy: (agent) => resultsOf(agent)?.tournaments ?? null,
  },
  {
    id: "best",
    header: "Best return",
    title: "In its newest 100 tournaments, after their last settled rounds",
    end: true,
    cell: (agent) => <Percent value={resultsOf(agent)?.best_return ?? null} change />,
    sortBy: (agent) => resultsOf(agent)?.best_return ?? null,
  },
  {
    id: "last",
    header: "Last return",
    title: "In its newest tournament, after the last settled round",
    end: true,
    cell: (agent) => <Percent value={resultsOf(agent)?.last?.return ?? null} change />,
    sortBy: (agent) => resultsOf(agent)?.last?.return ?? null,
  },
  {
    id: "rank",
    header: "Rank",
    title: "In its newest tournament; baselines have none",
    end: true,
    cell: (agent) => <Count value={resultsOf(agent)?.last?.rank ?? null} />,
    sortBy: (agent) => resultsOf(agent)?.last?.rank ?? null,
  },
  {
    id: "now",
    header: "Now",
    title: "Whether it plays, and when it last decided",
    end: true,
    cell: (agent) => <Now agent={agent} />,
    sortBy: (agent) => resultsOf(agent)?.last_decided_at ?? null,
  },
];

function Now({ agent }: { readonly agent: ListedAgent }) {
  const results = resultsOf(agent);
  if (!results || results.tournaments === 0) return <span className="soft">has not played</span>;
  if (results.live > 0) return <Chip tone="good">{results.live === 1 ? "live" : `live in ${results.live}`}</Chip>;
  return (
    <span className="soft">
      {results.last_decided_at === null ? "has not decided" : <RelativeTime at={results.last_decided_at} />}
    </span>
  );
}

interface PageAt {
  readonly baseline: boolean;
  readonly cursor: string | undefined;
}
const FIRST_PAGE: PageAt = { baseline: false, cursor: undefined };

/** Those that compete, the newest first; behind the last of them the baselines, which are there to be compared with. */
async function readPage(q: string, { baseline, cursor }: PageAt, signal: AbortSignal) {
  const read = (what: boolean, at: string | undefined) => {
    const query = { q, limit: "100", cursor: at, baseline: what ? "true" : "false", results: "true" } as const;
    return answered(api.agents.$get({ query }, within(signal)));
  };
  const nextOf = (what: boolean, at: string | null) => (at === null ? undefined : { baseline: what, cursor: at });
  const { items, next_cursor } = await read(baseline, cursor);
  if (baseline || next_cursor !== null) return { items, next: nextOf(baseline, next_cursor) };
  const rest = await read(true, undefined);
  return { items: [...items, ...rest.items], next: nextOf(true, rest.next_cursor) };
}

export default function AgentsPage() {
  const [, navigate] = useLocation();
  const [text, setText] = useSearchText();
  const q = useDeferredValue(text.trim());
  const query = useInfiniteQuery({
    queryKey: ["agents", q],
    queryFn: ({ signal, pageParam }: { signal: AbortSignal; pageParam: PageAt }) => readPage(q, pageParam, signal),
    initialPageParam: FIRST_PAGE,
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
    refetchOnMount: "always",
  });
  return (
    <Page
      title="Agents"
      actions={
        <Link href="/a/new" className="btn solid">
          <Plus aria-hidden /> New agent
        </Link>
      }
    >
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
                    Try a shorter part of the name, or at least eight characters of the id.
                  </EmptyState>
                ) : (
                  <EmptyState title="No agents yet">
                    <code>npm start</code> makes the house agents. <Link href="/a/new">Make an agent of your own</Link>
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
