/** All keys, the newest first. */
import type { Query } from "../../query.ts";
import { KEY_COLUMNS, type KeyRow } from "./columns.ts";

export async function listKeys(query: Query, before: string | null, limit: number): Promise<KeyRow[]> {
  return query<KeyRow>(
    `select ${KEY_COLUMNS} from keys where $1::uuid is null or id < $1::uuid order by id desc limit $2`,
    [before, limit],
  );
}
