/** Ends an upload: its candles can be seen, or are gone. */
import type { Query } from "../../../query.ts";
import type { Upload } from "./begin.ts";

/** Rows that one statement deletes. */
const CHUNK = 20_000;

export interface Uploaded {
  /** Epoch milliseconds. */
  readonly firstOpenAt: number;
  readonly lastOpenAt: number;
  /** SeriesReport of src/candles/report.ts, with `file_hash`. */
  readonly report: object;
}

function params({ sourceId, symbol, token }: Upload, { firstOpenAt, lastOpenAt, report }: Uploaded): unknown[] {
  const [from, to] = [new Date(firstOpenAt).toISOString(), new Date(lastOpenAt).toISOString()];
  return [sourceId, symbol, token, from, to, JSON.stringify(report)];
}

const MINE = `delete from candle_uploads where source_id = $1 and symbol = $2 and token = $3 returning source_id`;

/** The source of its own is whole. False when another upload has taken the place of this one. */
export async function finishSource(query: Query, upload: Upload, uploaded: Uploaded): Promise<boolean> {
  const rows = await query(
    `with mine as (${MINE})
     update candle_sources s set whole = true, symbols = array[$2], first_open_at = $4, last_open_at = $5,
            report = jsonb_build_object('series', jsonb_build_array($6::jsonb), 'unused', '[]'::jsonb)
       from mine where s.id = mine.source_id and not s.whole returning 1`,
    params(upload, uploaded),
  );
  return rows.length > 0;
}

// The versions of rows are compared because a tournament that is made meanwhile can't be seen: the statement sees the tournaments
// of its beginning, also when it has waited for the source's row. A tournament that is made changes the row (tournaments/insert.ts).
const GROW = `
with grown as (
  update candle_sources s set symbols = symbols || $2::text, first_open_at = greatest(first_open_at, $4),
         last_open_at = least(last_open_at, $5),
         report = jsonb_set(coalesce(report, '{"series": [], "unused": []}'), '{series}',
                            coalesce(report -> 'series', '[]') || jsonb_build_array($6::jsonb))
   where id = $1 and kind = 'files' and whole and not $2 = any(symbols) /* guard upload-unused */ and s.xmin::text = $7 /* end */
     and exists (select from candle_uploads u where u.source_id = $1 and u.symbol = $2 and u.token = $3)
     and greatest(first_open_at, $4) <= least(last_open_at, $5)
     and mod(extract(epoch from first_open_at - $4::timestamptz), interval_seconds) = 0
  returning id)
delete from candle_uploads u using grown where u.source_id = grown.id and u.symbol = $2 returning 1`;

/**
 * The source has one more symbol; its span is what all symbols share. False, and nothing is changed, when a tournament uses the
 * source by now, when the symbol is there, when no time is shared or the candles open at other times, or as above.
 */
export async function finishSymbol(query: Query, upload: Upload, uploaded: Uploaded): Promise<boolean> {
  let seen = await readUnused(query, upload.sourceId);
  while (seen !== null) {
    const rows = await query(GROW, [...params(upload, uploaded), seen]);
    if (rows.length > 0) {
      await deleteOutside(query, upload.sourceId);
      return true;
    }
    const now = await readUnused(query, upload.sourceId);
    if (now === seen) return false;
    // Another symbol has come to the source, or a tournament that is not there any more.
    seen = now;
  }
  return false;
}

/** The version of a source's row while no tournament uses it. */
async function readUnused(query: Query, sourceId: string): Promise<string | null> {
  const [row] = await query<{ version: string }>(
    `select s.xmin::text as version from candle_sources s
      where s.id = $1 and not exists (select from tournaments t where t.candle_source_id = s.id)`,
    [sourceId],
  );
  return row?.version ?? null;
}

/** Candles outside of the span that all symbols share are no candles of the source. */
async function deleteOutside(query: Query, sourceId: string): Promise<void> {
  const gone = await query(
    `delete from candles where (source_id, symbol, open_at) in (
       select c.source_id, c.symbol, c.open_at from candles c join candle_sources s on s.id = c.source_id
        where s.id = $1 and c.symbol = any(s.symbols) and not c.open_at between s.first_open_at and s.last_open_at
        limit ${CHUNK})
     returning 1`,
    [sourceId],
  );
  if (gone.length === CHUNK) await deleteOutside(query, sourceId);
}

/** Removes what the upload has stored. `keeps`: the upload goes on, in the place of one that ended without saying so. */
export async function discardUpload(query: Query, upload: Upload, keeps: boolean): Promise<void> {
  const mine = [upload.sourceId, upload.symbol, upload.token];
  const isMine = "exists (select from candle_uploads where source_id = $1 and symbol = $2 and token = $3)";
  for (let gone = CHUNK; gone === CHUNK; ) {
    const rows = await query(
      `delete from candles where (source_id, symbol, open_at) in (
         select source_id, symbol, open_at from candles where source_id = $1 and symbol = $2 and ${isMine} limit ${CHUNK})
       returning 1`,
      mine,
    );
    gone = rows.length;
  }
  if (keeps) {
    await query(`delete from candle_upload_pieces where source_id = $1 and symbol = $2 and ${isMine}`, mine);
    return;
  }
  // A source without symbols is the upload's own. Its row of candle_uploads goes with it.
  await query(
    `with own as (delete from candle_sources where id = $1 and not whole and symbols = '{}' and ${isMine})
     delete from candle_uploads where source_id = $1 and symbol = $2 and token = $3`,
    mine,
  );
}

/** The id and report of a whole source that an upload of the same file under the same name has made. */
export async function findTwin(
  query: Query,
  twin: { readonly name: string; readonly symbol: string; readonly fileHash: string },
): Promise<{ id: string; report: Record<string, unknown> } | null> {
  const [row] = await query<{ id: string; report: Record<string, unknown> }>(
    `select id, report from candle_sources
      where kind = 'files' and whole and name = $1 and symbols = array[$2] and report #>> '{series,0,file_hash}' = $3
      order by created_at limit 1`,
    [twin.name, twin.symbol, twin.fileHash],
  );
  return row ?? null;
}
