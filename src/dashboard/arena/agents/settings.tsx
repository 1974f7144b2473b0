/** What an agent runs: its strategy in words and, for operators, its limits and parameters. */
import { useQuery } from "@tanstack/react-query";
import type { Agent } from "../../api/answers.ts";
import { Card } from "../../parts/card.tsx";
import { type Column, Table } from "../../parts/table/table.tsx";
import { plain } from "../words.ts";
import { draftOf, paramsOf } from "./form/draft.ts";
import { limitKeys, limitText, limitWords } from "./form/limits.tsx";
import { strategiesQuery } from "./form/strategies-query.ts";

interface Limit {
  readonly key: (typeof limitKeys)[number];
  readonly has: string;
  readonly usual: string;
}

const columns: readonly Column<Limit>[] = [
  {
    id: "limit",
    header: "Limit",
    cell: ({ key }) => <span title={limitWords[key].what}>{limitWords[key].name}</span>,
  },
  { id: "has", header: "It has", end: true, cell: ({ has }) => <span className="num">{has}</span> },
  {
    id: "usual",
    header: "The strategy's own",
    end: true,
    cell: ({ usual }) => <span className="num soft">{usual}</span>,
  },
];

export function Settings({ agent }: { readonly agent: Agent }) {
  const { data } = useQuery(strategiesQuery);
  const strategy = data?.items.find((each) => each.strategy === agent.strategy);
  // Null for everybody but operators.
  const own = agent.config === undefined ? null : draftOf(agent);
  return (
    <Card title={`Strategy: ${plain(agent.strategy)}`}>
      <div className="stack tight">
        <p className="prose">{strategy?.description ?? ""}</p>
        {strategy?.limits && own ? (
          <Table
            label="Limits"
            rows={limitKeys.map((key): Limit => {
              const usual = strategy.limits?.[key] ?? "";
              return { key, has: limitText(key, own.limits[key] ?? usual), usual: limitText(key, usual) };
            })}
            columns={columns}
            rowKey={({ key }) => key}
          />
        ) : null}
        {own ? (
          <dl className="facts">
            {paramsOf(strategy).map(({ name }) => (
              <div key={name}>
                <dt>Parameter {name}</dt>
                <dd className="mono">{own.params[name] ?? "none"}</dd>
              </div>
            ))}
            {own.thinkingSeconds === "" ? null : (
              <div>
                <dt>Thinks for</dt>
                <dd>{own.thinkingSeconds} s</dd>
              </div>
            )}
          </dl>
        ) : null}
      </div>
    </Card>
  );
}
