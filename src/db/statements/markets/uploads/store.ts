/** What an upload writes while it runs: candles, and pieces of text that wait to be sorted. */
import type { Candle } from "../../../../core/candle.ts";
import type { Query } from "../../../query.ts";
import type { Upload } from "./begin.ts";

const MINE = `update candle_uploads set touched_at = agonus_now() where source_id = $1 and symbol = $2 and token = $3 returning 1`;

/** False when another upload has taken the place of this one. */
export async function storeUploaded(query: Query, upload: Upload, candles: readonly Candle[]): Promise<boolean> {
  const rows = candles.map(({ openAt, open, high, low, close, volume, filled = false }) => ({
    t: openAt,
    o: open,
    h: high,
    l: low,
    c: close,
    v: volume,
    f: filled,
  }));
  return isMine(
    await query<{ mine: boolean }>(
      `with mine as (${MINE}),
       stored as (
         insert into candles (source_id, symbol, open_at, open, high, low, close, volume, filled)
         select $1, $2, to_timestamp(c.t / 1000.0), c.o, c.h, c.l, c.c, c.v, c.f
           from mine, jsonb_to_recordset($4::jsonb)
             as c (t bigint, o numeric, h numeric, l numeric, c numeric, v numeric, f boolean)
         on conflict (source_id, symbol, open_at) do nothing)
       select exists (select from mine) as mine`,
      [upload.sourceId, upload.symbol, upload.token, JSON.stringify(rows)],
    ),
  );
}

/** `number`: from 0, in the order of the text. False as above. */
export async function storePiece(query: Query, upload: Upload, number: number, text: string): Promise<boolean> {
  return isMine(
    await query<{ mine: boolean }>(
      `with mine as (${MINE}),
       stored as (
         insert into candle_upload_pieces (source_id, symbol, number, text) select $1, $2, $4, $5 from mine
         on conflict (source_id, symbol, number) do nothing)
       select exists (select from mine) as mine`,
      [upload.sourceId, upload.symbol, upload.token, number, text],
    ),
  );
}

export async function readPiece(query: Query, upload: Upload, number: number): Promise<string> {
  const [row] = await query<{ text: string }>(
    `select p.text from candle_uploads u join candle_upload_pieces p using (source_id, symbol)
      where source_id = $1 and symbol = $2 and u.token = $3 and p.number = $4`,
    [upload.sourceId, upload.symbol, upload.token, number],
  );
  if (row === undefined) throw new Error(`piece ${number} of an upload is gone`);
  return row.text;
}

function isMine(rows: readonly { readonly mine: boolean }[]): boolean {
  return rows[0]?.mine === true;
}
