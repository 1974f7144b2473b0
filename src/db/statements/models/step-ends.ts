/** How the steps of a tournament's models ended, round by round: what a cassette is made of. */
import type { Query } from "../../query.ts";
import type { StepRow } from "./steps-of-round.ts";

export type RecordedEnd = Pick<
  StepRow,
  | "agent"
  | "step"
  | "state"
  | "code"
  | "detail"
  | "request"
  | "answer_hash"
  | "input_tokens"
  | "output_tokens"
  | "estimated"
> & {
  round: number;
  request_hash: string;
};

/** The rounds in which a model took a step. */
export async function readStepRounds(query: Query, tournamentId: string): Promise<number[]> {
  const rows = await query<{ number: number }>(
    `select number from rounds r where tournament_id = $1 and exists (select from model_steps s where s.round_id = r.id)
     order by number`,
    [tournamentId],
  );
  return rows.map(({ number }) => number);
}

/** The last attempt of each step that ended. One whose object was reset in mid call was sent again. */
export async function readEndsOfRound(query: Query, tournamentId: string, round: number): Promise<RecordedEnd[]> {
  return query<RecordedEnd>(
    `select distinct on (e.agent_name, s.step) e.agent_name as agent, r.number as round, s.step, s.state, s.code, s.detail,
       s.request_hash, s.request, s.answer_hash, s.input_tokens, s.output_tokens, s.estimated
     from rounds r join model_steps s on s.round_id = r.id join entries e on e.id = s.entry_id
     where r.tournament_id = $1 and r.number = $2 and s.state <> 'reserved'
     order by e.agent_name, s.step, s.attempt desc`,
    [tournamentId, round],
  );
}
