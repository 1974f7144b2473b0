/** The steps of an entry's round that were sent already. A decision that begins again goes through them without a call. */
import type { Query } from "../../query.ts";

export type RecordedStep = {
  readonly step: number;
  readonly attempt: number;
  readonly state: "reserved" | "answered" | "failed";
  readonly request_hash: string;
  /** Null until the step is answered. */
  readonly answer: string | null;
};

export async function readRecordedSteps(query: Query, roundId: string, entryId: string): Promise<RecordedStep[]> {
  return query<RecordedStep>(
    `select s.step, s.attempt, s.state, s.request_hash, c.content as answer
       from model_steps s left join model_contents c on c.hash = s.answer_hash and s.state = 'answered'
      where s.round_id = $1 and s.entry_id = $2 order by s.step, s.attempt`,
    [roundId, entryId],
  );
}
