/** Keys, invites, joining, and an agent's page for its author: from the operator's link to the first decision. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { allow, missing, open, post, query, scan, settled, stack, useBrowser } from "../../support/browser/pages.ts";
import { syntheticReplay } from "../../support/synthetic-replay.ts";
import { startEndpoint } from "../../support/webhooks/endpoint.ts";

const made = z.looseObject({ id: z.string() });

/** As the agent's program, with its key. */
async function as(key: string, path: string, body?: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const url = new URL(path, stack.url);
  return fetch(url, body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) });
}

describe.skipIf(missing)("agents from outside, for operators and authors", () => {
  useBrowser();

  test("a key is made for a role, shown once, and revoked", async () => {
    const { page } = await open("/ops/keys", { operator: true });
    await page.getByRole("button", { name: "Make a key" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Role").selectOption("viewer");
    await dialog.getByLabel("Name").fill("Auditor");
    await scan(page, "making a key", "keys-make");
    await page.setViewportSize({ width: 1440, height: 1000 });
    await dialog.getByRole("button", { name: "Make it" }).click();
    const key = (await page.getByRole("dialog", { name: "The key of Auditor" }).locator("code").textContent()) ?? "";
    expect(key).toMatch(/^agonus_viewer_[\w-]{43}$/);
    await page.getByRole("button", { name: "I have stored it" }).click();
    const row = page.getByRole("row").filter({ hasText: "Auditor" });
    await row.getByText("works").waitFor();
    expect(await page.content()).not.toContain(key);
    expect((await as(key, "/whoami")).status).toBe(200);
    await scan(page, "/ops/keys", "keys");
    await page.setViewportSize({ width: 1440, height: 1000 });
    await row.getByRole("button", { name: "Revoke Auditor" }).click();
    await page.getByRole("button", { name: "Revoke it" }).click();
    await row.getByText("revoked").waitFor();
    expect((await as(key, "/whoami")).status).toBe(401);
  });

  test("an invite's link makes an agent, and its page turns green when the first decision is stored", async () => {
    const { id: cup } = await post("/tournaments", await syntheticReplay(query, 2, []), made);
    const { page: operator } = await open(`/t/${cup}`, { operator: true });
    await operator.getByRole("button", { name: "Invite agents" }).click();
    await operator.getByRole("button", { name: "Make a link" }).click();
    const link = (await operator.getByRole("dialog").locator(".copy-line code").textContent()) ?? "";
    expect(link).toMatch(/\/join\?code=\w/);
    await scan(operator, "invites", "invites");

    expect((await fetch(link, { headers: { accept: "text/html" } })).headers.get("referrer-policy")).toBe(
      "no-referrer",
    );
    const { page } = await open(link);
    const [tournament] = await query<{ name: string }>("select name from tournaments where id = $1", [cup]);
    await settled(page, `Join ${tournament?.name}`);
    await scan(page, "/join", "join");
    await page.getByRole("link", { name: "Look at the tournament and its rules first" }).click();
    await page.getByRole("term").filter({ hasText: "A round every" }).waitFor();
    await page.goBack();
    await page.getByLabel("Name").fill("NightOwl");
    await page.getByRole("button", { name: "Join", exact: true }).click();
    await settled(page, "Your agent is in");
    const key = (await page.getByRole("region", { name: "Its key" }).locator("code").textContent()) ?? "";
    expect(key).toMatch(/^agonus_agent_/);
    await page.getByText("Waiting for its first decision").waitFor();
    for (const [tab, text] of [
      ["TypeScript", `AGONUS_KEY=${key} node bot.ts`],
      ["Python", `AGONUS_KEY=${key} python3 bot.py`],
      ["MCP", `"Bearer ${key}"`],
      ["curl", "rounds/current?tournament_id="],
    ] as const) {
      await page.getByRole("tab", { name: tab }).click();
      await page.locator(".program").getByText(text).waitFor();
      await page
        .locator(".program")
        .getByText(/Five rounds that pass unanswered/)
        .first()
        .waitFor();
      await page.locator(".program").getByText("/resume?tournament_id=").first().waitFor();
    }
    await scan(page, "joined", "joined");
    // Rounds of a few seconds pass before an author has read the page.
    await query("update entries set halted_at = agonus_now() where tournament_id = $1", [cup]);
    await page.getByText("Five rounds passed without an answer").waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByText("Waiting for its first decision").waitFor();
    await query("update entries set halted_at = agonus_now() where tournament_id = $1", [cup]);

    await post(`/tournaments/${cup}/start`, {}, z.unknown());
    const { agent_id: agent } = z.looseObject({ agent_id: z.string() }).parse(await (await as(key, "/whoami")).json());
    // As the page shows it, pasted into a shell.
    const program = (await page.locator(".program pre").textContent()) ?? "";
    const { stdout } = await promisify(execFile)("bash", ["-c", program]);
    expect(JSON.parse(stdout)).toMatchObject({ round: 0, outcome: "held" });
    await page.getByText("The decision of round 0 is stored: it plays.").waitFor();
    await scan(page, "playing");
    const orders = [
      { side: "buy", symbol: "BTC-USDT", amount: "50" },
      { side: "sell", symbol: "ETH-USDT", amount: "1" },
    ];
    const round = await as(key, `/agents/${agent}/rounds/current?tournament_id=${cup}&wait=60`);
    expect(round.status).toBe(200);
    const path = `/agents/${agent}/decisions?tournament_id=${cup}`;
    const answer = await as(key, path, { round: 1, orders, reasoning: "Owls buy." });
    expect(answer.status).toBe(200);

    await operator.getByRole("link", { name: "NightOwl" }).first().waitFor();
    await author(key, agent);
  });

  /** What the author sees with the agent's key: why an order was refused, and a new key. */
  async function author(key: string, agent: string): Promise<void> {
    const { page } = await open(`/signin?back=/a/${agent}`);
    await page.getByLabel("Operator key or access key").fill(key);
    await page.keyboard.press("Enter");
    await settled(page, "NightOwl");
    const rounds = page.getByRole("group", { name: "Rounds" });
    await rounds.getByText("trading.insufficient_holding").waitFor();
    await page.locator(".chip", { hasText: "outside" }).first().waitFor();
    expect(await rounds.locator("tbody tr").count()).toBe(2);
    expect(await page.getByRole("button", { name: "Show 0 newer" }).count()).toBe(0);
    await scan(page, "an agent's page for its author", "author");
    await page.setViewportSize({ width: 1440, height: 1000 });
    await page.getByRole("button", { name: "Rotate the key" }).click();
    await page.getByRole("button", { name: "Rotate it" }).click();
    const fresh =
      (await page.getByRole("dialog", { name: "The new key of NightOwl" }).locator("code").textContent()) ?? "";
    expect(fresh).not.toBe(key);
    for (const each of [key, fresh]) expect((await as(each, "/whoami")).status).toBe(200);
    await page.getByRole("button", { name: "I have stored it" }).click();
    await rounds.getByText("trading.insufficient_holding").waitFor();
  }

  test("an author tests the webhook, rotates its secret and practises, on the agent's own page", async () => {
    const endpoint = await startEndpoint();
    onTestFinished(() => endpoint.close());
    const body = { name: "Hooked", kind: "webhook", webhook_url: endpoint.url };
    const { id, key } = await post("/agents", body, z.looseObject({ id: z.string(), key: z.string() }));
    const { page } = await open(`/signin?back=/a/${id}`);
    await page.getByLabel("Operator key or access key").fill(key);
    await page.keyboard.press("Enter");
    const webhook = page.getByRole("region", { name: "Its webhook" });
    await webhook.getByText("It has not been called yet").waitFor();
    endpoint.reply({ status: 500 }, { status: 200, body: { orders: [], reasoning: "It holds." } });
    await webhook.getByRole("button", { name: "Send a test" }).click();
    await webhook.getByText("No decision could be read.").waitFor();
    await webhook.getByRole("row").filter({ hasText: "webhook.bad_status" }).waitFor();
    await webhook.getByRole("button", { name: "Send a test" }).click();
    await webhook.getByText("The answer is a decision that would be taken.").waitFor();
    await webhook.getByRole("row").filter({ hasText: "understood" }).waitFor();
    await scan(page, "a webhook's agent for its author", "author-webhook");
    await page.setViewportSize({ width: 1440, height: 1000 });
    await webhook.getByRole("button", { name: "Rotate the secret" }).click();
    await page.getByRole("button", { name: "Rotate it" }).click();
    const secret = page.getByRole("dialog", { name: "The new secret of Hooked" });
    expect(await secret.locator("code").textContent()).toMatch(/^whsec_/);
    await page.getByRole("button", { name: "I have stored it" }).click();
    await webhook.getByText(/^The old secret signs until/).waitFor();

    const practice = page.getByRole("region", { name: "Practice" });
    await practice.getByText("It has ended no practice yet.").waitFor();
    await practice.getByRole("button", { name: "Begin a practice" }).click();
    await practice.getByText("Its rounds are sent to the webhook.", { exact: false }).waitFor();
    await practice.getByText("It answered 20 of 20 rounds", { exact: false }).waitFor();
    await practice.getByText("qualified", { exact: true }).waitFor();
    await practice.getByRole("link", { name: "Watch it" }).click();
    await settled(page, "Practice");
  });

  test("a halted entry says so to its author, who lets it go on", async () => {
    const { id: agent } = await post("/agents", { name: "Sleeper", kind: "outside" }, made);
    const { id: cup } = await post("/tournaments", await syntheticReplay(query, 2, [agent]), made);
    const { key } = await post(
      "/keys",
      { role: "agent", name: "Author", agent_id: agent },
      z.looseObject({ key: z.string() }),
    );
    await query("update entries set halted_at = agonus_now() where tournament_id = $1", [cup]);
    const { page } = await open(`/signin?back=/a/${agent}`);
    await page.getByLabel("Operator key or access key").fill(key);
    await page.keyboard.press("Enter");
    await page.getByText("Halted in").waitFor();
    await page.goto(`/t/${cup}/${agent}`);
    await page.locator(".page-head").getByText("halted").waitFor();
    await page.getByRole("tab", { name: "Health" }).click();
    await page.getByRole("link", { name: "its own page" }).click();
    await page.getByRole("button", { name: "Resume" }).click();
    await expect.poll(() => page.getByText("Halted in").count()).toBe(0);
    const rows = await query("select 1 from entries where tournament_id = $1 and halted_at is null", [cup]);
    expect(rows).toHaveLength(1);
  });

  test("an operator is offered nothing that can't work with an agent from outside", async () => {
    const { id: agent } = await post("/agents", { name: "Stranger", kind: "outside" }, made);
    const { id: cup } = await post("/tournaments", await syntheticReplay(query, 2, [agent]), made);
    const { page } = await open(`/t/${cup}/${agent}`, { operator: true });
    await page.getByRole("button", { name: "Recover" }).waitFor();
    expect(await page.getByRole("button", { name: "Run now" }).count()).toBe(0);
    await page.goto(`/a/${agent}`);
    const change = page.getByRole("link", { name: "Change" });
    await change.waitFor();
    expect(await page.getByRole("link", { name: "Copy" }).count()).toBe(0);
    await change.click();
    await page.getByLabel("Character").fill("It keeps to itself.");
    expect(await page.getByRole("radio").count()).toBe(0);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("It keeps to itself.").waitFor();
    await page.goto(`/a/new?from=${agent}`);
    await page.getByText("Stranger can't be copied").waitFor();
  });

  test("a code that is none is refused on the page, and so is a link without one", async () => {
    allow(/403/);
    const { page } = await open("/join?code=nothing");
    await page.getByText("This invite can't be used").waitFor();
    await page.goto("/join");
    await page.getByText("This link has no invite code").waitFor();

    const { id: cup } = await post("/tournaments", await syntheticReplay(query, 2, []), made);
    const { url } = await post(`/tournaments/${cup}/invites`, {}, z.looseObject({ url: z.string() }));
    await post(`/tournaments/${cup}/cancel`, {}, z.unknown());
    await page.goto(url);
    await page.getByText("has ended").waitFor();
    expect(await page.getByLabel("Name").count()).toBe(0);
  });
});
