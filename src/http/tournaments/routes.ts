/** /tournaments: list, make, read, change, delete. */
import { Hono } from "hono";
import { CodedError } from "../../core/error-codes.ts";
import { deleteTournament } from "../../db/statements/tournaments/delete.ts";
import { listTournaments } from "../../db/statements/tournaments/list.ts";
import { readTournament } from "../../db/statements/tournaments/read.ts";
import type { HttpEnv } from "../context.ts";
import { pathId } from "../request/fields.ts";
import { idOf, jsonBody, pathOf, queryOf } from "../request/inputs.ts";
import { ownId, readPageById } from "../request/paging.ts";
import { seesAll } from "../session/caller.ts";
import { requireOperator } from "../session/rights.ts";
import { wake } from "../wake.ts";
import { tournamentBody, tournamentCreateQuery, tournamentListQuery, tournamentPatchBody } from "./bodies.ts";
import { requireTournament, tournamentAnswer, wireTournament } from "./wire.ts";
import { changeTournament, createTournament, planTournament } from "./write.ts";

/** A missing tournament is reported before a fault of the body. */
const tournamentOf = pathOf(async (c) => {
  const id = pathId(c.req.param("id"), "tournament.not_found");
  return { row: await requireTournament(c.get("deps").query, id) };
});

export const tournamentRoutes = new Hono<HttpEnv>()
  .get("/tournaments", queryOf(tournamentListQuery), async (c) => {
    const { status, ...asked } = c.req.valid("query");
    const tournaments = await readPageById(asked, {
      name: `tournaments ${status ?? ""}`,
      idOf: ownId,
      read: (before, rows) => listTournaments(c.get("deps").query, status ?? null, before, rows),
      toItem: (row) => wireTournament(row, seesAll(c)),
    });
    return c.json(tournaments);
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
