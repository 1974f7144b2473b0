/** GET /tournaments/{id}/result.jsonl: the lines that a finished tournament's hash covers. Open to all. */
import { Hono } from "hono";
import { CodedError } from "../../core/error-codes.ts";
import type { Query } from "../../db/query.ts";
import { resultLines } from "../../rounds/result.ts";
import type { HttpEnv } from "../context.ts";
import { idOf } from "../request/inputs.ts";
import { textStream } from "../text-stream.ts";
import { requireTournament } from "./wire.ts";

/** No line feed at the end: the SHA-256 of the file is the result's hash. */
async function* joined(query: Query, tournamentId: string) {
  let first = true;
  for await (const line of resultLines(query, tournamentId)) {
    yield first ? line : `\n${line}`;
    first = false;
  }
}

export const tournamentResultRoutes = new Hono<HttpEnv>().get(
  "/tournaments/:id/result.jsonl",
  idOf("tournament.not_found"),
  async (c) => {
    const { query } = c.get("deps");
    const { id, status, ended_at } = await requireTournament(query, c.req.valid("param").id);
    if (ended_at === null) {
      throw new CodedError("tournament.wrong_state", `The tournament is ${status}: it has a result when it has ended.`);
    }
    return textStream(joined(query, id), {
      // Text, so that a browser shows it. Every line is JSON.
      "content-type": "text/plain; charset=utf-8",
      "content-disposition": `inline; filename="${id}.jsonl"`,
    });
  },
);
