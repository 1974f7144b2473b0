/** One value, written in different ways: times and numbers as people and programs write them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, NOWHERE, openApi, tournamentBody } from "../../../support/http-app.ts";

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const soon = Math.ceil(Date.now() / 60_000) * 60_000 + 120_000;
const iso = new Date(soon).toISOString().slice(0, 16);
const forms = [
  `${iso}:00.000Z`,
  `${iso}Z`,
  `${iso.toLowerCase()}z`,
  `${iso}+00:00`,
  `${iso}:00+0000`,
  `${iso}:00.000000+00:00`,
  `${iso.replace("T", " ")}:00+00:00`,
];
const FAULT = "must be an ISO 8601 time with a zone, such as 2026-01-31T12:00:00Z";

test.each(forms)("%s is accepted wherever a time is", async (time) => {
  const created = await api.post(
    "/tournaments",
    tournamentBody({ starts_at: time, ends_at: time.replace(/^20/, "21") }),
  );
  expect(created.status).toBe(422);
  const ends_at = new Date(soon + 3_600_000).toISOString();
  const { status, body } = await api.post("/tournaments", tournamentBody({ starts_at: time, ends_at }));
  expect({ status, starts_at: body.starts_at }).toEqual({ status: 201, starts_at: new Date(soon).toISOString() });
  expect((await api.patch(`/tournaments/${body.id}`, { starts_at: time })).status).toBe(200);
  expect((await api.post("/tasks", { name: "check_tournament_transitions", eta: time })).status).toBe(202);
  expect((await api.patch(`/tasks/${NOWHERE}`, { eta: time })).body.code).toBe("task.not_found");
  // As typed into an address, where the `+` arrives as a space.
  for (const value of [encodeURIComponent(time), time.replaceAll(" ", "%20")]) {
    for (const path of ["/audit?since", "/recoveries?since", "/errors?since", "/tasks?since", "/tasks?until"])
      expect((await api.get(`${path}=${value}`)).status, `${path}=${value}`).toBe(200);
    expect((await api.get(`/tasks?finished_since=${value}`)).status).toBe(200);
  }
  expect((await api.post("/bulk", { action: "cancel", filter: { since: time } })).body.code).toBe(
    "bulk.nothing_selected",
  );
});

test.each(["2030-01-01T00:00:00", "2030-01-01", "2030-02-30T00:00:00Z", "soon", 1_900_000_000, null])(
  "%j is one error that shows a right time",
  async (time) => {
    const ends = await api.post("/tournaments", tournamentBody({ ends_at: time }));
    expect(ends).toMatchObject({ status: 422, body: { errors: [{ path: "ends_at", message: FAULT }] } });
    expect(ends.body.errors).toHaveLength(1);
    const eta = await api.post("/tasks", { name: "check_tournament_transitions", eta: time });
    expect(eta.body.errors).toEqual([{ path: "eta", message: FAULT }]);
  },
);

test("a missing time is reported as missing", async () => {
  const { body } = await api.post("/tournaments", tournamentBody({ ends_at: undefined }));
  expect(body.errors).toEqual([{ path: "ends_at", message: "is required" }]);
});

/** The settings are sent as text, so that their numbers stay as written. */
async function cup(settings: string) {
  const raw = JSON.stringify(tournamentBody({ starts_at: `${iso}Z`, ends_at: `${iso.replace(/^20/, "20")}:59Z` }));
  return api.call("POST", "/tournaments", { raw: `${raw.slice(0, -1)},${settings}}` });
}
async function stored(id: string) {
  const [row] = await api.db.query<{ rules: object; rules_hash: string; starting_cash: string }>(
    "select rules, rules_hash, starting_cash from tournaments where id = $1",
    [id],
  );
  return row;
}

test('10, 10.0, 1e1, "10", "10.0" and "010" are one value with one hash', async () => {
  const settings = (value: string) =>
    `"starting_cash":${value},"prize_pool":${value},"rules":{"fee_bps":${value},"half_spread_bps":${value},"slippage_bps":${value},"min_order":${value}}`;
  // One tournament: each live market has a key of its own, and its hash commits to that key.
  const { status, body } = await cup(settings("11"));
  expect(status).toBe(201);
  const seen = new Set<string>();
  for (const ten of ["10", "10.0", "1e1", "1E+1", "100e-1", '"10"', '"10.0"', '"010"', '"10.00000000000000000000"']) {
    for (const value of ["11", ten]) {
      const patched = await api.call("PATCH", `/tournaments/${body.id}`, { raw: `{${settings(value)}}` });
      expect(patched.status, `${value}: ${JSON.stringify(patched.body)}`).toBe(200);
      if (value === "11") continue;
      const { prize_pool: prize, starting_cash: cash } = patched.body;
      seen.add(JSON.stringify({ ...(await stored(body.id)), prize, cash }));
    }
  }
  expect([...seen]).toHaveLength(1);
  expect([...seen][0]).toContain('"fee_bps":"10"');
});

test.each([
  ["1e-7", '"cash_reserve_share":1e-7', "0.0000001"],
  ["0.7", '"cash_reserve_share":0.7', "0.7"],
  ["0.10", '"cash_reserve_share":0.10', "0.1"],
  ["1.0", '"cash_reserve_share":1.0', "1"],
  ["-0", '"cash_reserve_share":-0', "0"],
  ['"0.500"', '"cash_reserve_share":"0.500"', "0.5"],
])("the number %s is taken as what it says", async (what, field, kept) => {
  const raw = `{"name":${JSON.stringify(`Share ${what}`)},"strategy_type":"value","config":{"limits":{${field}}}}`;
  const { status, body } = await api.call("POST", "/agents", { raw });
  expect(status, JSON.stringify(body)).toBe(201);
  expect(body.config.limits.cash_reserve_share).toBe(kept);
});

test.each([
  ['"rules":{"seed":9007199254740993}', "rules.seed"],
  ['"rules":{"fee_bps":0.1000000000000000055}', "rules.fee_bps"],
  ['"starting_cash":500.00000000000000001', "starting_cash"],
  ['"rules":{"seed":1e-400}', "rules.seed"],
  ['"interval_seconds":60.00000000000000001', "interval_seconds"],
  ['"agent_ids":[0,12345678901234567890]', "agent_ids.1"],
])("a number whose digits would be lost is refused, and says so: %s", async (settings, path) => {
  const message = "loses digits as a JSON number: write it as a string, or with fewer digits";
  expect(await cup(settings)).toMatchObject({ status: 422, body: { errors: [{ path, message }] } });
});

test("a seed is text and is stored as written", async () => {
  for (const [written, kept] of [
    ['"010"', "010"],
    ['"9007199254740993"', "9007199254740993"],
    ["7", "7"],
  ] as const) {
    const { status, body } = await cup(`"rules":{"seed":${written}}`);
    expect({ status, seed: body.rules?.seed }).toEqual({ status: 201, seed: kept });
  }
});
