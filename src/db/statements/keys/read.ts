/** One key by its id, whether it works or not. */
import type { Query } from "../../query.ts";
import { KEY_COLUMNS, type KeyRow } from "./columns.ts";

export async function readKey(query: Query, id: string): Promise<KeyRow | null> {
  const [row] = await query<KeyRow>(`select ${KEY_COLUMNS} from keys where id = $1`, [id]);
  return row ?? null;
}
