/** Dead letters, for whoever looks what they say. */
import type { Query } from "../../query.ts";

export type DeadLetterRow = {
  id: string;
  queue: string;
  message_id: string;
  body: unknown;
  deliveries: number;
  /** resent: by itself, when it came; kept: nobody could read it. */
  outcome: "resent" | "kept";
  received_at: string;
  redriven_at: string | null;
};

/** The newest first. */
export async function listDeadLetters(
  query: Query,
  queue: string | null,
  before: string | null,
  limit: number,
): Promise<DeadLetterRow[]> {
  return query<DeadLetterRow>(
    `select id, queue, message_id, body, deliveries, outcome, received_at, redriven_at
     from dead_letters where ($1::text is null or queue = $1) and ($2::uuid is null or id < $2) order by id desc limit $3`,
    [queue, before, limit],
  );
}
