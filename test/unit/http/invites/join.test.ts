/** Invites and joining: who comes in by a code, and what nobody gets out of one. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { jsonLog } from "../../../../src/log.ts";
import { type TestClock, testClock } from "../../../support/builders.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Answer, type Api, type CallOptions, NOWHERE, openApi } from "../../../support/http-app.ts";

let api: Api;
let clock: TestClock;
beforeAll(async () => {
  api = await openApi();
  clock = await testClock(api.db.query, Date.now());
});
// More wrong codes come here than an address may bring.
afterEach(async () => void (await api.db.query("delete from wrong_keys")));
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

async function invite(fields: Record<string, unknown> = {}, tournament?: string): Promise<Answer["body"]> {
  const id = tournament ?? (await api.tournament()).id;
  const { status, body } = await api.post(`/tournaments/${id}/invites`, fields);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return { ...body, tournament_id: id };
}

let named = 0;
const newcomer = (code: string, fields: Record<string, unknown> = {}) => ({
  code,
  name: `Newcomer ${"abcdefghijklmnopqrstuvwxyz"[named++ % 26]}${named}`,
  kind: "outside",
  ...fields,
});
const join = (body: unknown, options: CallOptions = {}) => api.post("/join", body, { key: null, ...options });
const invitesOf = async (id: string) => (await api.get(`/tournaments/${id}/invites`)).body.items;

test("with dry_run a code says which tournament it is for, and nobody joins", async () => {
  const { code, tournament_id: id } = await invite();
  const look = (body: unknown) => api.post("/join?dry_run=true", body, { key: null });
  const { body: tournament } = await api.get(`/tournaments/${id}`);
  const seen = {
    dry_run: true,
    tournament_id: id,
    tournament: tournament.name,
    status: "upcoming",
    links: {
      tournament: `http://localhost/tournaments/${id}`,
      rules: `http://localhost/tournaments/${id}/rules`,
      leaderboard: `http://localhost/tournaments/${id}/leaderboard`,
    },
  };
  expect(await look({ code })).toMatchObject({ status: 200, body: seen });
  // The whole body of a join is taken, too.
  expect(await look(newcomer(code))).toMatchObject({ status: 200, body: seen });
  expect(await invitesOf(id)).toMatchObject([{ uses_left: 1, joined: [] }]);
  expect((await api.get(`/tournaments/${id}/agents`)).body.items).toEqual([]);
  expect(await look({ code: "agonus_invite_none" })).toMatchObject({ status: 403, body: { code: "invite.unusable" } });
  expect(await look({})).toMatchObject({ status: 422 });
  // A code that is used up is one that nobody can use.
  await join(newcomer(code));
  expect(await look({ code })).toMatchObject({ status: 403 });
});

test("a stranger joins by a code, gets a key, and plays with it", async () => {
  const { code, url, tournament_id: id, invite_id } = await invite();
  expect(url).toBe(`http://localhost/join?code=${code}`);
  const asked = newcomer(code, { personality: "Bold." });
  const { status, body } = await join(asked);
  expect([status, body]).toEqual([
    201,
    {
      agent_id: expect.any(String),
      tournament_id: id,
      key_id: expect.any(String),
      key: expect.stringMatching(/^agonus_agent_[\w-]{43}$/),
      links: expect.objectContaining({
        rules: `http://localhost/tournaments/${id}/rules`,
        round: `http://localhost/agents/${body.agent_id}/rounds/current?tournament_id=${id}&wait=60`,
      }),
    },
  ]);
  expect((await api.get("/whoami", { key: body.key })).body).toMatchObject({ role: "agent", agent_id: body.agent_id });
  expect((await api.see(`/agents/${body.agent_id}`)).body).toMatchObject({
    name: asked.name,
    personality: "Bold.",
    kind: "outside",
  });
  const round = new URL(body.links.round);
  expect(
    (await api.get(`${round.pathname}${round.search.replace("wait=60", "wait=0")}`, { key: body.key })).status,
  ).toBe(204);
  expect(await invitesOf(id)).toEqual([
    {
      invite_id,
      tournament_id: id,
      uses: 1,
      uses_left: 0,
      created_by: "operator",
      created_at: expect.any(String),
      expires_at: null,
      revoked_at: null,
      joined: [{ agent_id: body.agent_id, agent: asked.name, joined_at: expect.any(String) }],
    },
  ]);
  const [row] = (await api.get("/audit?limit=1")).body.items;
  expect(row).toMatchObject({
    actor: `invite ${invite_id}`,
    action: "POST /join",
    target: id,
    details: { agent_id: body.agent_id, name: asked.name },
  });
});

test("an agent that we call joins with its webhook, and sees both secrets once", async () => {
  const { code } = await invite();
  const url = "https://agent.example.com/hook";
  const asked = newcomer(code, { kind: "webhook", webhook_url: url });
  const once = { headers: { "idempotency-key": "a hook" } };
  const { status, body } = await join(asked, once);
  expect([status, body.webhook_secret]).toEqual([201, expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/)]);
  expect((await api.see(`/agents/${body.agent_id}`)).body.kind).toBe("webhook");
  expect((await api.get("/whoami", { key: body.key })).body.agent_id).toBe(body.agent_id);
  const [row] = await api.db.query("select url from webhooks where agent_id = $1", [body.agent_id]);
  expect(row).toEqual({ url });
  expect((await join(asked, once)).body).toMatchObject({ code: "idempotency.secret_shown", key_id: body.key_id });
});

test("neither the code nor the key is stored or logged", async () => {
  const { code, tournament_id } = await invite({ uses: 5 });
  const { body } = await join(newcomer(code), { headers: { "idempotency-key": "once" } });
  await api.post("/join", { code }, { key: body.key, headers: { "idempotency-key": "once" } });
  await join(newcomer(`${code.slice(0, -1)}!`));
  const tables = await api.db.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const secrets = [code.slice(15), body.key.slice(15)];
  for (const { name } of tables) {
    const rows = JSON.stringify(await api.db.query(`select to_jsonb(x) from "${name}" x`));
    expect(
      secrets.filter((secret) => rows.includes(secret)),
      name,
    ).toEqual([]);
  }
  expect(secrets.filter((secret) => JSON.stringify(api.logged).includes(secret))).toEqual([]);
  const lines: string[] = [];
  jsonLog(
    () => 0,
    (line) => lines.push(line),
  )({ event: "request", method: "GET", path: `/join/${code}`, status: 404, ms: 1 });
  expect(lines.join()).toContain("/join/agonus_invite_[hidden]");
  expect(JSON.stringify((await api.get(`/tournaments/${tournament_id}/invites`)).body)).not.toContain(code);
});

test("unknown, spent, expired and revoked codes get one and the same 403, and count as wrong keys", async () => {
  const spent = await invite();
  expect((await join(newcomer(spent.code))).status).toBe(201);
  const expired = await invite({ expires_at: new Date(clock.now() + 1000).toISOString() });
  const revoked = await invite();
  expect((await api.call("DELETE", `/invites/${revoked.invite_id}`)).status).toBe(204);
  await clock.add(1000);
  const before = await api.rowCounts();
  const answers = await Promise.all(
    ["unknown", spent.code, expired.code, revoked.code].map((code) => join(newcomer(code))),
  );
  expect(answers.map(({ status, body }) => [status, body.code])).toEqual(Array(4).fill([403, "invite.unusable"]));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect(await api.rowCounts()).toEqual({ ...before, wrong_keys: 1 });
  for (let n = 4; n < 20; n++) expect((await join(newcomer("unknown"))).status).toBe(403);
  const late = await join(newcomer("unknown"));
  expect([late.status, late.body.code, Number(late.headers.get("retry-after"))]).toEqual([
    429,
    "auth.too_many_attempts",
    expect.any(Number),
  ]);
  expect((await join(newcomer((await invite()).code))).status, "a right code is never kept waiting").toBe(201);
});

test("many who join at the same time never exceed the uses", async () => {
  const { code, tournament_id } = await invite({ uses: 3 });
  const answers = await Promise.all(Array.from({ length: 10 }, () => join(newcomer(code))));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, ...Array(7).fill(403)]);
  expect((await api.see(`/tournaments/${tournament_id}`)).body.entries).toBe(3);
  expect(await invitesOf(tournament_id)).toMatchObject([{ uses_left: 0, joined: [{}, {}, {}] }]);
});

test("with an agent's key that agent joins one tournament more, and a repeat takes no second use", async () => {
  const first = await join(newcomer((await invite()).code));
  const { key, agent_id } = first.body;
  const { code, tournament_id } = await invite();
  const answer = await api.post("/join", { code }, { key });
  expect([answer.status, answer.body]).toEqual([
    201,
    { agent_id, tournament_id, links: expect.objectContaining({ log: expect.stringContaining(tournament_id) }) },
  ]);
  expect(await api.post("/join", { code }, { key })).toMatchObject({ status: 200, body: answer.body });
  expect(await invitesOf(tournament_id)).toMatchObject([{ uses_left: 0, joined: [{ agent_id }] }]);
  const named = await api.post("/join", newcomer(code), { key });
  expect([named.status, named.body.errors[0]?.path]).toEqual([422, "name"]);
  await api.call("DELETE", `/tournaments/${tournament_id}/agents/${agent_id}`, { key });
  expect((await api.post("/join", { code }, { key })).body.code, "it has left, and the code is spent").toBe(
    "invite.unusable",
  );
});

test("a key of the role viewer joins nobody, an operator's makes a new agent", async () => {
  const { code } = await invite();
  const viewer = (await api.post("/keys", { role: "viewer", name: "Looks on" })).body.key;
  expect((await api.post("/join", newcomer(code), { key: viewer })).body).toMatchObject({
    code: "auth.forbidden",
    needed_roles: ["agent", "operator", "admin"],
  });
  expect((await api.post("/join", newcomer(code))).status).toBe(201);
});

test("a name that is taken, or looks like one, costs no use", async () => {
  const { code, tournament_id } = await invite({ uses: 2 });
  expect((await join(newcomer(code, { name: "Copycat" }))).status).toBe(201);
  for (const name of ["Copycat", "Сорусаt"]) {
    const before = await api.rowCounts();
    const { status, body } = await join(newcomer(code, { name }));
    expect([status, body.code, body.errors[0].path]).toEqual([409, "agent.name_taken", "name"]);
    expect(await api.rowCounts()).toEqual(before);
  }
  expect(await invitesOf(tournament_id)).toMatchObject([{ uses_left: 1 }]);
});

test("a tournament that is over takes nobody, and gets no invites", async () => {
  const agent = await api.agent();
  const { id } = await api.tournament({ agent_ids: [agent] });
  const { code } = await invite({}, id);
  await api.post(`/tournaments/${id}/cancel`);
  expect((await join(newcomer(code))).body).toMatchObject({ code: "tournament.wrong_state", state: "cancelled" });
  expect((await api.post(`/tournaments/${id}/invites`)).body.code).toBe("tournament.wrong_state");
});

describe("an Idempotency-Key", () => {
  const once = { headers: { "idempotency-key": "the same" } };

  test("of a join belongs to its code, and its repeat names the key", async () => {
    const { code, tournament_id } = await invite({ uses: 2 });
    const body = newcomer(code);
    const first = await join(body, once);
    expect(await join(body, once)).toMatchObject({
      status: 409,
      body: { code: "idempotency.secret_shown", key_id: first.body.key_id },
    });
    expect((await join(newcomer(code), once)).body.code).toBe("request.idempotency_mismatch");
    expect((await join(newcomer((await invite()).code), once)).status, "another code's").toBe(201);
    expect((await api.see(`/tournaments/${tournament_id}`)).body.entries).toBe(1);
  });

  test("of a join whose answer got lost finds the agent that was made", async () => {
    const { code, tournament_id } = await invite();
    const body = newcomer(code);
    const { key_id } = (await join(body, once)).body;
    await api.db.query(
      "update idempotency_keys set status = 0, body = body - 'shown_key' where body->>'shown_key' = $1",
      [key_id],
    );
    expect((await join(body, once)).body).toMatchObject({ code: "idempotency.secret_shown", key_id });
    expect((await api.see(`/tournaments/${tournament_id}`)).body.entries).toBe(1);
  });

  test("of an invite names the invite", async () => {
    const { id } = await api.tournament();
    const { body } = await api.post(`/tournaments/${id}/invites`, {}, once);
    expect((await api.post(`/tournaments/${id}/invites`, {}, once)).body).toMatchObject({
      code: "idempotency.secret_shown",
      invite_id: body.invite_id,
    });
    expect(await invitesOf(id)).toHaveLength(1);
  });

  test("with an unknown code is kept nowhere", async () => {
    const before = await api.rowCounts();
    expect((await join(newcomer("unknown"), once)).status).toBe(403);
    expect(await api.rowCounts()).toEqual({ ...before, wrong_keys: 1 });
  });
});

test.each([
  [{ uses: 0 }, "uses"],
  [{ uses: 10_001 }, "uses"],
  [{ expires_at: "2020-01-01T00:00:00Z" }, "expires_at"],
  [{ code: "mine" }, "code"],
])("an invite %j is refused", async (fields, path) => {
  const { id } = await api.tournament();
  const { status, body } = await api.post(`/tournaments/${id}/invites`, fields);
  expect([status, body.errors[0].path]).toEqual([422, path]);
  expect(await invitesOf(id)).toEqual([]);
});

test.each([
  [{ name: undefined }, "name"],
  [{ kind: "house" }, "kind"],
  [{ kind: "webhook" }, "webhook_url"],
  [{ kind: "webhook", webhook_url: "https://inside.example.com/hook" }, "webhook_url"],
  [{ webhook_url: "https://example.com/hook" }, "webhook_url"],
  [{ strategy: "momentum" }, "strategy"],
])("a join with %j is refused, and costs no use", async (fields, path) => {
  const { code, tournament_id } = await invite();
  const { status, body } = await join(newcomer(code, fields));
  expect([status, body.errors[0].path]).toEqual([422, path]);
  expect(await invitesOf(tournament_id)).toMatchObject([{ uses_left: 1 }]);
});

test("bodies of strangers are bounded, and no JSON is 400", async () => {
  expect((await join(newcomer("x", { personality: "y".repeat(40_000) }))).status).toBe(413);
  expect((await join(undefined, { raw: "{" })).body.code).toBe("request.bad_json");
});

test("a deployment without an operator key takes nobody", async () => {
  const closed = await openApi({ operatorKey: null });
  try {
    expect((await closed.see("/health")).status).toBe(200);
    expect((await closed.post("/join", newcomer("x"), { key: null })).body.code).toBe("auth.not_configured");
  } finally {
    await closed.db.close();
  }
});

test("invites are for operators, and lists of them for viewers", async () => {
  const { invite_id, tournament_id } = await invite();
  const path = `/tournaments/${tournament_id}/invites`;
  for (const [method, asked] of [
    ["POST", path],
    ["GET", path],
    ["DELETE", `/invites/${invite_id}`],
  ] as const) {
    expect((await api.call(method, asked, { key: null })).status, asked).toBe(401);
  }
  expect((await api.get(`/tournaments/${NOWHERE}/invites`)).body.code).toBe("tournament.not_found");
  expect((await api.call("DELETE", `/invites/${NOWHERE}`)).body.code).toBe("invite.not_found");
  expect((await api.call("DELETE", `/invites/${invite_id}`)).status).toBe(204);
  expect((await api.call("DELETE", `/invites/${invite_id}`)).status, "a repeat").toBe(204);
});
