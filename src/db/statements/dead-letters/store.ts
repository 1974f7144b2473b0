import { storablePart } from "../../../core/storable.ts";
import type { Query } from "../../query.ts";

/** Keeps a dead letter; the same message comes once. */
export async function storeDeadLetter(
  query: Query,
  letter: {
    id: string;
    queue: string;
    messageId: string;
    body: unknown;
    deliveries: number;
    outcome: "resent" | "kept";
  },
): Promise<void> {
  await query(
    `insert into dead_letters (id, queue, message_id, body, deliveries, outcome) values ($1, $2, $3, $4::jsonb, $5, $6)
     on conflict do nothing`,
    [
      letter.id,
      letter.queue,
      letter.messageId,
      JSON.stringify(letter.body ?? null, storablePart),
      letter.deliveries,
      letter.outcome,
    ],
  );
}
