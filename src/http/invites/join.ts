/** POST /join: an agent comes in by an invite's code, and a new one gets its key. */
import { Hono } from "hono";
import { accessKey } from "../../core/access/access-key.ts";
import { CodedError } from "../../core/error-codes.ts";
import { sha256Hex } from "../../core/text/canonical.ts";
import type { NewAgent } from "../../db/statements/agents/insert.ts";
import { readAgentsToJoin } from "../../db/statements/entries/agents-to-join.ts";
import { type NewEntry, readEntered, readRivals, recountParticipants } from "../../db/statements/entries/join.ts";
import { type FoundInvite, findInvite } from "../../db/statements/invites/find.ts";
import { type Joining, joinByInvite } from "../../db/statements/invites/join.ts";
import { readKey } from "../../db/statements/keys/read.ts";
import { isForQualified } from "../../db/statements/practice/qualification.ts";
import { freezeEntry } from "../../rounds/freeze-entry.ts";
import { refuseTooMany, refuseUnqualified } from "../../rounds/join.ts";
import { secretsOfNew } from "../agents/new-webhook.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { Problem } from "../problem.ts";
import { secretShown } from "../request/idempotency.ts";
import { queryOf } from "../request/inputs.ts";
import { parseBody } from "../request/validation.ts";
import { operatorKeyOf } from "../session/auth.ts";
import { forbidden } from "../session/rights.ts";
import { refuseWrongKey } from "../session/wrong-key.ts";
import { requireTournament } from "../tournaments/wire.ts";
import { wake } from "../wake.ts";
import { joinBody, joinQuery, lookBody, type NewcomerBody, newcomerBody } from "./bodies.ts";
import { linksOf } from "./links.ts";

export const joinRoutes = new Hono<HttpEnv>().post("/join", queryOf(joinQuery), async (c) => {
  // Without an operator key no key works, and so none is given out.
  operatorKeyOf(c);
  const caller = c.get("caller");
  // A key or a session that could not be read: its owner would come in as somebody new.
  const unknown = c.get("callerFault");
  if (unknown !== null) throw unknown;
  if (caller?.role === "viewer") throw forbidden(["agent", "operator", "admin"]);
  if (c.req.valid("query").dry_run) return showTournament(c);
  return caller?.agentId ? joinAs(c, caller.agentId) : joinAsNewcomer(c);
});

/** Which tournament a code is for. Other members of the body may be there: the same body joins without `dry_run`. */
async function showTournament(c: HttpContext) {
  const { code } = parseBody(c, lookBody);
  const invite = await findInvite(c.get("deps").query, await sha256Hex(code), null);
  if (!invite?.works) return refuseCode(c);
  const { id, name, status } = await requireTournament(c.get("deps").query, invite.tournament_id);
  const { tournament, rules, leaderboard } = linksOf(new URL(c.req.url).origin, "", id);
  return c.json({
    dry_run: true,
    tournament_id: id,
    tournament: name,
    status,
    links: { tournament, rules, leaderboard },
  });
}

/** The agent of a key joins one tournament more. A repeat answers the same with 200, and takes no further use. */
async function joinAs(c: HttpContext, agentId: string) {
  const { query, newId } = c.get("deps");
  const { code } = parseBody(c, joinBody);
  const codeHash = await sha256Hex(code);
  const invite = await findInvite(query, codeHash, agentId);
  if (!invite || (!invite.works && !invite.came)) return refuseCode(c);
  if (invite.entry_status !== null) {
    if (invite.entry_status === "withdrawn") throw new CodedError("entry.withdrawn");
    return c.json(answerOf(c, agentId, invite.tournament_id), 200);
  }
  if (!invite.works) return refuseCode(c);
  const [agent] = await readAgentsToJoin(query, [agentId]);
  if (!agent) throw new CodedError("agent.archived");
  await enter(c, invite, { codeHash, entry: freezeEntry(agent, newId()), made: null });
  return c.json(answerOf(c, agentId, invite.tournament_id), 201);
}

async function joinAsNewcomer(c: HttpContext) {
  const { query, newId, newToken, reservedId, correlationId } = c.get("deps");
  const body = parseBody(c, newcomerBody);
  const codeHash = await sha256Hex(body.code);
  const invite = await findInvite(query, codeHash, null);
  // A request under the same Idempotency-Key may have joined, and died before its answer.
  if (invite && reservedId !== undefined && (await readKey(query, reservedId)))
    throw secretShown({ key_id: reservedId });
  if (!invite?.works) return refuseCode(c);
  const agent = newAgent(newId(), body);
  const secrets = await secretsOfNew(c, agent.id, body);
  const { key, ...stored } = secrets
    ? { key: secrets.shown.key, ...secrets.stored.key }
    : await newKey(reservedId ?? newId(), newToken());
  await enter(c, invite, {
    codeHash,
    entry: freezeEntry(agent, newId()),
    made: { agent, webhook: secrets?.stored.webhook ?? null, key: stored, audit: { id: newId(), correlationId } },
  });
  c.set("shownSecret", { key_id: stored.id });
  const { agent_id, tournament_id, links } = answerOf(c, agent.id, invite.tournament_id);
  const webhook_secret = secrets?.shown.webhook_secret;
  return c.json(
    { agent_id, tournament_id, key_id: stored.id, key, ...(webhook_secret ? { webhook_secret } : {}), links },
    201,
  );
}

async function newKey(id: string, token: string) {
  const { key, prefix } = accessKey("agent", token);
  return { id, key, prefix, hash: await sha256Hex(key) };
}

/** Unknown, spent, expired and revoked codes get one answer, and count as wrong keys. */
async function refuseCode(c: HttpContext): Promise<never> {
  await refuseWrongKey(c, "POST /join");
  throw new CodedError("invite.unusable");
}

function newAgent(id: string, { name, personality, kind }: NewcomerBody): NewAgent {
  const of = { strategy_type: kind, strategy: kind, baseline: false, kind };
  return { id, name, personality, ...of, avatar_url: null, owner: null, config: {} };
}

/** Throws where the tournament, a rival or somebody who was faster stands against it. */
async function enter(c: HttpContext, { tournament_id: id }: FoundInvite, joining: Joining): Promise<void> {
  const deps = c.get("deps");
  const { query } = deps;
  const { entry } = joining;
  await refuseTooMany(query, id, [entry.agent_id]);
  // Somebody new has practised nowhere.
  if (joining.made && (await isForQualified(query, id))) throw new CodedError("agent.not_qualified");
  await refuseUnqualified(query, id, [entry.agent_id]);
  const { works, status, joined } = await joinByInvite(query, joining);
  if (status === null) {
    const { status: state } = await requireTournament(query, id);
    throw new Problem("tournament.wrong_state", `The tournament is ${state} and takes no more entries.`, {
      members: { state },
    });
  }
  if (!works) return refuseCode(c);
  if (!joined) return refuseEntry(c, id, entry);
  if (status !== "upcoming") await recountParticipants(query, id);
  await wake(deps, id);
}

async function refuseEntry(c: HttpContext, tournamentId: string, entry: NewEntry): Promise<void> {
  const { query } = c.get("deps");
  const [rival] = await readRivals(query, tournamentId, [entry]);
  if (rival && rival.rival !== undefined) {
    const entered = await readEntered(query, tournamentId, [entry.agent_id]);
    // Two requests of one agent at a time: the other one has joined it.
    if (entered.length > 0) return;
    const detail =
      rival.agent === rival.rival
        ? `Another agent of the tournament is named ${rival.rival}.`
        : `The names ${rival.agent} and ${rival.rival} look alike.`;
    throw new CodedError("agent.name_taken", detail, [{ path: "name", message: "is taken in this tournament" }]);
  }
  throw new CodedError("request.conflict");
}

function answerOf(c: HttpContext, agentId: string, tournamentId: string) {
  const links = linksOf(new URL(c.req.url).origin, agentId, tournamentId);
  return { agent_id: agentId, tournament_id: tournamentId, links };
}
