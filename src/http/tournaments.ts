/** /tournaments: list, make, read, change, delete. */
import { Hono } from "hono";
import { CodedError } from "../core/error-codes.ts";
import { deleteTournament } from "../db/statements/api-delete-tournament.ts";
import { listTournaments } from "../db/statements/api-list-tournaments.ts";
import { readTournament } from "../db/statements/api-read-tournament.ts";
import { requireOperator } from "./auth.ts";
import type { HttpEnv } from "./context.ts";
import { pathId } from "./fields.ts";
import { idOf, jsonBody, pathOf, queryOf } from "./inputs.ts";
import { idKey, page, readCursor } from "./paging.ts";
import {
  tournamentBody,
  tournamentCreateQuery,
  tournamentListQuery,
  tournamentPatchBody,
} from "./tournament-bodies.ts";
import { requireTournament, tournamentAnswer, wireTournament } from "./tournament-wire.ts";
import { changeTournament, createTournament, planTournament } from "./tournament-write.ts";
import { wake } from "./wake.ts";

/** Whether it is there is said before what is wrong with the body. */
const tournamentOf = pathOf(async (c) => {
  const id = pathId(c.req.param("id"), "tournament.not_found");
  return { row: await requireTournament(c.get("deps").query, id) };
});

export const tournamentRoutes = new Hono<HttpEnv>()
  .get("/tournaments", queryOf(tournamentListQuery), async (c) => {
    const { limit, cursor, status } = c.req.valid("query");
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
  })
  .post("/tournaments", requireOperator, queryOf(tournamentCreateQuery), jsonBody(tournamentBody), async (c) => {
    const deps = c.get("deps");
    const { dry_run } = c.req.valid("query");
    const body = c.req.valid("json");
    if (dry_run) return c.json(await planTournament(deps, body), 200);
    const id = await createTournament(deps, body);
    await wake(deps, id);
    c.header("location", `/tournaments/${id}`);
    return c.json(await tournamentAnswer(c, id), 201);
  })
  .get("/tournaments/:id", idOf("tournament.not_found"), async (c) =>
    c.json(await tournamentAnswer(c, c.req.valid("param").id)),
  )
  .patch("/tournaments/:id", requireOperator, tournamentOf, jsonBody(tournamentPatchBody), async (c) => {
    const deps = c.get("deps");
    const { row } = c.req.valid("param");
    await changeTournament(deps, row, c.req.valid("json"));
    await wake(deps, row.id);
    return c.json(await tournamentAnswer(c, row.id));
  })
  .delete("/tournaments/:id", requireOperator, idOf("tournament.not_found"), async (c) => {
    const { query } = c.get("deps");
    const { id } = c.req.valid("param");
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
