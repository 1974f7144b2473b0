/** Claims the next sending of what a round owes: of many callers one sends. */
import type { Query } from "../query.ts";

const SENT = `
update rounds set sent_at = agonus_now(), sends = sends + 1
where id = $1 and state = $2 and sends = $3 returning id`;

export async function claimSending(
  query: Query,
  roundId: string,
  state: "open" | "quoted",
  sends: number,
): Promise<boolean> {
  return (await query(SENT, [roundId, state, sends])).length > 0;
}
