/** Prolongs a lease, and learns whether the attempt should go on. */
import type { Query } from "../../query.ts";

// It leaves the count of lost leases: an attempt that beats and then dies is lost all the same. An ending resets it.
const HEARTBEAT = `
update tasks set lease_until = agonus_now() + make_interval(secs => $3::float8), progress = coalesce($4, progress),
  heartbeat_at = agonus_now()
where id = $1 and /* guard heartbeat-token */ token = $2 /* end */ and state = 'STARTED' returning cancel_requested`;

export async function heartbeat(
  query: Query,
  taskId: string,
  token: string,
  leaseSeconds: number,
  progress: number | null,
): Promise<"goes_on" | "cancelled" | "superseded"> {
  const [row] = await query<{ cancel_requested: boolean }>(HEARTBEAT, [taskId, token, leaseSeconds, progress]);
  if (!row) return "superseded";
  return row.cancel_requested ? "cancelled" : "goes_on";
}
