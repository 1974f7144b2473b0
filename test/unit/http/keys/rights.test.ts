/** The table in docs/roles.md, cell by cell: each route asked by each role. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rightsTable } from "../../../../src/cli/docs/roles-page.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, KEY, NOWHERE, openApi } from "../../../support/http-app.ts";

let api: Api;
let agentId = "";
const keyOf: Record<string, string | null> = { anyone: null };
beforeAll(async () => {
  api = await openApi();
  agentId = await api.agent({ name: "Own" });
  const other = await api.agent({ name: "Other" });
  const make = async (role: string, agent_id?: string) =>
    (await api.post("/keys", { role, name: role, agent_id })).body.key;
  keyOf.viewer = await make("viewer");
  keyOf.agent = await make("agent", agentId);
  keyOf["another agent"] = await make("agent", other);
  keyOf.operator = await make("operator");
  keyOf.admin = KEY;
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

/** Their handlers look at the key in the path: keys.test.ts. */
const BY_HANDLER = ["POST /keys/:id/rotate", "DELETE /keys/:id"];
const rows = rightsTable();

test("the table has every route", () => {
  expect(rows.length).toBeGreaterThan(60);
  expect(new Set(rows.map(({ route }) => route)).size).toBe(rows.length);
  expect(rows.filter(({ may }) => may.anyone === "no").length).toBeGreaterThan(40);
});

describe.each(rows.filter(({ route }) => !BY_HANDLER.includes(route)))("$route", ({ route, agentIn, may }) => {
  const [method = "", pattern = ""] = route.split(" ");
  // Hono's test client can't upgrade, and a page has no API key.
  test.each(Object.entries({ ...may, "another agent": may.agent === "its own" ? "no" : may.agent }))(
    "%s: %s",
    async (role, answer) => {
      const path = pattern.replaceAll(/:(\w+)/g, (_, name) => (name === agentIn ? agentId : NOWHERE));
      // A body that is no JSON: whoever may go on is told about it, or about the path. Nothing is changed.
      const raw = method === "GET" ? {} : { raw: "{" };
      const { status, body } = await api.call(method, `${path}?%00=1`, { key: keyOf[role] ?? null, ...raw });
      const refused = status === 401 ? "auth.required" : status === 403 ? "auth.forbidden" : null;
      if (answer !== "no") expect([status, refused]).toEqual([status, null]);
      else expect([status, body.code]).toEqual(role === "anyone" ? [401, "auth.required"] : [403, "auth.forbidden"]);
    },
  );
});
