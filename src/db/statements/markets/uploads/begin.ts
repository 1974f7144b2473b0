/** Begins the upload of one symbol. Until its end nobody but the holder of `token` can write candles of the symbol. */
import type { Query } from "../../../query.ts";

export interface Upload {
  readonly sourceId: string;
  readonly symbol: string;
  /** A UUID of the request that uploads. */
  readonly token: string;
}

/** An upload that was not touched for so long has ended without saying so: another one may take its place. */
const SILENT = "interval '15 minutes'";

/** To a source of its own, which nobody sees before it is whole. It has no symbol until then. */
export async function beginSource(
  query: Query,
  { sourceId, symbol, token }: Upload,
  { name, intervalSeconds }: { readonly name: string; readonly intervalSeconds: number },
): Promise<void> {
  await query(
    `with made as (
       insert into candle_sources (id, kind, name, symbols, interval_seconds, first_open_at, last_open_at, whole)
       values ($1, 'files', $2, '{}', $3, 'epoch', 'epoch', false) returning id)
     insert into candle_uploads (source_id, symbol, token) select id, $4, $5 from made`,
    [sourceId, name, intervalSeconds, symbol, token],
  );
}

/** To a source that is there. False while another upload of the symbol is under way. */
export async function beginSymbol(query: Query, { sourceId, symbol, token }: Upload): Promise<boolean> {
  const rows = await query(
    `insert into candle_uploads (source_id, symbol, token) values ($1, $2, $3)
     on conflict (source_id, symbol) do update set token = excluded.token, touched_at = agonus_now()
       where candle_uploads.touched_at < agonus_now() - ${SILENT}
     returning 1`,
    [sourceId, symbol, token],
  );
  return rows.length > 0;
}

export type UploadTarget = {
  id: string;
  interval_seconds: number;
  symbols: string[];
  report: Record<string, unknown> | null;
  /** A tournament runs on it, or has. */
  used: boolean;
};

/** Imported candles that a symbol may be added to. Null where there are none of this id. */
export async function readUploadTarget(query: Query, id: string): Promise<UploadTarget | null> {
  const [row] = await query<UploadTarget>(
    `select id, interval_seconds, symbols, report, exists (select from tournaments t where t.candle_source_id = s.id) as used
       from candle_sources s where id = $1 and kind = 'files' and whole`,
    [id],
  );
  return row ?? null;
}
