/** /tournaments: list, make, read, change, delete. */
import { Hono } from "hono";
import { CodedError } from "../core/error-codes.ts";
import { deleteTournament } from "../db/statements/api-delete-tournament.ts";
import { listTournaments } from "../db/statements/api-list-tournaments.ts";
import { readTournament } from "../db/statements/api-read-tournament.ts";
import { requireOperator } from "./auth.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { pathId } from "./fields.ts";
import { idKey, page, readCursor } from "./paging.ts";
import {
  tournamentBody,
  tournamentCreateQuery,
  tournamentListQuery,
  tournamentPatchBody,
} from "./tournament-bodies.ts";
import { requireTournament, tournamentAnswer, wireTournament } from "./tournament-wire.ts";
import { changeTournament, createTournament, planTournament } from "./tournament-write.ts";
import { parseBody, parseQuery } from "./validation.ts";
import { wake } from "./wake.ts";

export const tournamentRoutes = new Hono<HttpEnv>();

tournamentRoutes.get("/tournaments", async (c) => {
  const { limit, cursor, status } = parseQuery(c, tournamentListQuery);
  const list = `tournaments ${status ?? ""}`;
  const before = readCursor(cursor, list, idKey);
  const rows = await listTournaments(c.get("deps").query, status ?? null, before?.[0] ?? null, limit + 1);
  const operator = c.get("operator");
  return c.json(
    page(
      rows,
      limit,
      list,
      (row) => [row.id],
      (row) => wireTournament(row, operator),
    ),
  );
});

tournamentRoutes.post("/tournaments", requireOperator, async (c) => {
  const deps = c.get("deps");
  const { dry_run } = parseQuery(c, tournamentCreateQuery);
  const body = parseBody(c, tournamentBody);
  if (dry_run) return c.json(await planTournament(deps, body));
  const id = await createTournament(deps, body);
  await wake(deps, id);
  c.header("location", `/tournaments/${id}`);
  return c.json(await tournamentAnswer(c, id), 201);
});

tournamentRoutes.get("/tournaments/:id", async (c) => c.json(await tournamentAnswer(c, tournamentId(c))));

tournamentRoutes.patch("/tournaments/:id", requireOperator, async (c) => {
  const deps = c.get("deps");
  const row = await requireTournament(deps.query, tournamentId(c));
  await changeTournament(deps, row, parseBody(c, tournamentPatchBody));
  await wake(deps, row.id);
  return c.json(await tournamentAnswer(c, row.id));
});

tournamentRoutes.delete("/tournaments/:id", requireOperator, async (c) => {
  const { query } = c.get("deps");
  const id = tournamentId(c);
  if (!(await deleteTournament(query, id))) {
    const row = await readTournament(query, id);
    if (!row) throw new CodedError("tournament.not_found");
    throw new CodedError(
      "tournament.wrong_state",
      `The tournament is ${row.status} and has rounds: cancel it instead.`,
    );
  }
  return c.body(null, 204);
});

function tournamentId(c: HttpContext): string {
  return pathId(c.req.param("id"), "tournament.not_found");
}
