import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createApp } from "../../../../src/http/app.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, openApi } from "../../../support/http-app.ts";

let api: Api;
let cupId: string;
beforeAll(async () => {
  api = await openApi();
  const agentIds = [await api.agent({ name: "Ann" }), await api.agent({ name: "Bob" })];
  cupId = (await api.tournament({ agent_ids: agentIds })).id;
});
beforeEach(() => {
  api.logged.length = 0;
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const routes = createApp(() => {
  throw new Error("only its routes are read");
}).routes.filter(({ method }) => method !== "ALL");

const hostile = {
  "a NUL": "%00",
  "a NUL inside": "a%00b",
  "malformed UTF-8": "%C3%28",
  "a lone surrogate": "%ED%A0%80",
  "a slash": "%2F",
  "a dot": "%2E%2E%2F",
  "half an escape": "%",
  "a percent sign": "%25",
  "10 kB": "x".repeat(10_000),
  "10 kB of escapes": "%F0%9F%98%80".repeat(830),
  "a line break": "%0D%0A",
  "a right-to-left mark": "%E2%80%AE",
  "a quote": "'%22--",
} as const;
const kinds = Object.entries(hostile);

const NAMES =
  "q name cursor since until finished_since agent_id tournament_id entry_id limit state status queue signature action wait symbol round resume args.a cause strategy_type outcome recover_from_crash dry_run kind points".split(
    " ",
  );

/** The query names that a route takes. */
async function namesOf(path: string): Promise<string[]> {
  const taken: string[] = [];
  for (const name of NAMES) {
    const { body } = await api.get(`${path}?${name}=x`);
    if (!body?.errors?.some((error: { path: string; message: string }) => error.message === "is not a field here")) {
      taken.push(name);
    }
  }
  // A route that accepts every name ignores the query.
  return taken.length === NAMES.length ? taken.slice(0, 1) : taken;
}

async function ask(method: string, path: string, headers: Record<string, string> = {}) {
  const body = ["GET", "HEAD", "DELETE"].includes(method) ? {} : { raw: '{"reason":"hostile"}' };
  const answer = await api.call(method, path, { ...body, headers });
  expect(answer.status, `${method} ${path.slice(0, 200)}: ${JSON.stringify(answer.body)}`).toBeLessThan(500);
}

/** A client's fault logs only the line of the request. */
const noFaultLogged = () =>
  expect(api.logged.filter((event) => event.event !== "request" && event.event !== "enqueued")).toEqual([]);

test.each(kinds)("%s in any part of any path is no fault of the server's", async (_, segment) => {
  expect(routes.length).toBeGreaterThan(50);
  for (const { method, path } of routes) {
    const parts = path.split("/");
    for (const [i, part] of parts.entries()) {
      if (!part.startsWith(":")) continue;
      const at = parts.map((other, k) => (k === i ? segment : other.startsWith(":") ? cupId : other)).join("/");
      await ask(method, at);
    }
    await ask(method, `${path.replaceAll(/:\w+/g, cupId)}/${segment}`);
  }
  noFaultLogged();
});

test("no query value or name is a fault of the server's", async () => {
  let asked = 0;
  for (const { path } of routes.filter(({ method, path }) => method === "GET" && !path.endsWith("/feed"))) {
    const at = path.replaceAll(/:\w+/g, cupId);
    const names = await namesOf(at);
    for (const [, value] of kinds) {
      for (const name of [...names, value]) await ask("GET", `${at}?${name}=${value}`);
    }
    asked += names.length;
  }
  expect(asked).toBeGreaterThan(60);
  noFaultLogged();
});

const latin = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1))
  .filter((char) => !"\r\n".includes(char))
  .join("");

test("no header is a fault of the server's, whatever it holds", async () => {
  const values = [
    latin,
    "x".repeat(10_000),
    "\u00c3(",
    "%00",
    "agonus=%00",
    "agonus=%C3%28",
    "Bearer %00",
    "-1",
    "1e9",
  ];
  const given =
    "idempotency-key cookie accept authorization content-length content-type origin sec-fetch-site x-agonus-session cf-connecting-ip upgrade user-agent if-none-match";
  for (const name of given.split(" ")) {
    for (const value of values) {
      for (const path of ["/agents", "/", "/nowhere", `/tournaments/${cupId}/feed`, "/ops", "/tasks"]) {
        await ask("GET", path, { [name]: value });
        await ask("POST", path, { [name]: value });
      }
    }
  }
  noFaultLogged();
});

test.each(["\0", "\ud800", "'", "x".repeat(201), "0000-01-01T00:00:00Z", "9".repeat(30)])(
  "a cursor that was tampered with is refused (%j)",
  async (bad) => {
    const lists = [`/tournaments/${cupId}/leaderboard`, `/tournaments/${cupId}/agents`, "/agents", "/audit", "/tasks"];
    await api.post("/tasks", { name: "check_tournament_transitions", args: {} });
    for (const path of [...lists, "/prices", "/schedules/cleanup_old_results/ticks"]) {
      const { body } = await api.get(`${path}?limit=1`);
      if (!body.next_cursor) continue;
      const [list, at] = JSON.parse(Buffer.from(body.next_cursor, "base64url").toString());
      for (const i of at.keys()) {
        const cursor = Buffer.from(JSON.stringify([list, at.with(i, bad)])).toString("base64url");
        await ask("GET", `${path}?limit=1&cursor=${cursor}`);
      }
    }
    noFaultLogged();
  },
);

test("a coded server fault is logged with its cause", async () => {
  const { query } = api.deps;
  const failing = await openApi({
    query: async (text, params) => {
      if (text.includes("insert into audit")) throw new Error("the disk is full");
      return query(text, params);
    },
  });
  const answer = await failing.post("/agents", { name: "Cid", strategy_type: "value" });
  expect(answer).toMatchObject({ status: 503, body: { code: "internal.audit" } });
  expect(failing.logged).toContainEqual(
    expect.objectContaining({
      event: "request_failed",
      status: 503,
      code: "internal.audit",
      error: expect.stringContaining("the disk is full"),
      stack: expect.any(String),
    }),
  );
  await failing.db.close();
});
