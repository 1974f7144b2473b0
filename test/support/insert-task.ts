/** One stored task with chosen columns; every other column takes a plain value or the table's default. */
import type { Query } from "../../src/db/query.ts";

const FINISHED = ["SUCCESS", "FAILURE", "REVOKED"];

export async function insertTask(query: Query, fields: Record<string, unknown> & { id: string }): Promise<string> {
  const now = new Date().toISOString();
  const row = {
    name: "cleanup_old_results",
    queue: "agents",
    state: "PENDING",
    args: {},
    max_attempts: 4,
    history: [],
    due_at: now,
    created_at: now,
    finished_at: FINISHED.includes(String(fields.state)) ? now : null,
    ...fields,
  };
  const columns = Object.keys(row).join(", ");
  await query(`insert into tasks (${columns}) select ${columns} from jsonb_populate_record(null::tasks, $1::jsonb)`, [
    JSON.stringify(row),
  ]);
  return fields.id;
}
