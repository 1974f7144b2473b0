/** The steps that models took in a round: what was sent, what came back, and what it cost. */
import type { Query } from "../../query.ts";

export type StepRow = {
  agent_id: string;
  agent: string;
  entry_id: string;
  step: number;
  attempt: number;
  /** reserved: nothing is known of it yet, or its object was reset. */
  state: "reserved" | "answered" | "failed";
  model: string;
  code: string | null;
  detail: string | null;
  status: number | null;
  finish_reason: string | null;
  reserved_tokens: number;
  input_tokens: number;
  output_tokens: number;
  usd: string | null;
  estimated: boolean;
  latency_ms: number | null;
  sent_at: string;
  request: { head: string; messages: { role: string; parts: { name: string; hash: string }[] }[] };
  answer_hash: string | null;
  fault: string | null;
};

const STEPS_MAX = 1000;

export async function readStepsOfRound(query: Query, roundId: string, agentId: string): Promise<StepRow[]> {
  return query<StepRow>(
    `select e.agent_id, e.agent_name as agent, e.id as entry_id, s.step, s.attempt, s.state, s.model, s.code, s.detail, s.status, s.finish_reason,
       s.reserved_tokens, s.input_tokens, s.output_tokens, trim_scale(s.usd)::text as usd, s.estimated, s.latency_ms, s.sent_at, s.request,
       s.answer_hash, d.fault
     from rounds r join entries e on e.tournament_id = r.tournament_id and e.agent_id = $2
     join model_steps s on s.round_id = r.id and s.entry_id = e.id
     left join decision_details d on d.round_id = r.id and d.entry_id = e.id
     where r.id = $1 order by s.step, s.attempt limit ${STEPS_MAX}`,
    [roundId, agentId],
  );
}

/** By hash. */
export async function readContents(query: Query, hashes: readonly string[]): Promise<Record<string, string>> {
  const rows = await query<{ hash: string; content: string }>(
    `select hash, content from model_contents where hash in (select jsonb_array_elements_text($1::jsonb))`,
    [JSON.stringify([...new Set(hashes)])],
  );
  return Object.fromEntries(rows.map(({ hash, content }) => [hash, content]));
}
