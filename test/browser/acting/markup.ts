/** Whatever an agent, a task or an operator writes is text on every page. The content security policy would refuse markup. */
import { uuidv7 } from "uuidv7";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { allow, missing, open, post, query, settled, stack, useBrowser } from "../../support/browser/pages.ts";
import { EVIL } from "../../support/browser/setup.ts";

/** Each script names the place where it was put. */
const evil = (where: string) => `<img src=x onerror="window.pwned='${where}'"><b>${where}</b>`;

describe.skipIf(missing)("markup is text", () => {
  useBrowser();
  let task = "";
  let bulk = "";

  beforeAll(async () => {
    task = uuidv7();
    const fault = { class: "Error", code: "agent.failed", message: evil("message"), stack: evil("stack") };
    await query(
      `insert into tasks (id, name, queue, state, args, result, error, signature, attempt, max_attempts, due_at, sent_at, sends,
         created_at, started_at, finished_at, history)
       select $1, 'run_agent_decision', 'recovery', 'FAILURE', $2::jsonb, $3::jsonb, $4::jsonb, $5, 1, 1, n, n, 1, n, n, n,
         jsonb_build_array(jsonb_build_object('at', n, 'state', 'FAILURE', 'attempt', 1, 'why', $6::text, 'by', $7::text))
       from (select agonus_now() as n) x`,
      [
        task,
        JSON.stringify({ agent_id: evil("args") }),
        JSON.stringify({ note: evil("result") }),
        JSON.stringify({ ...fault, attempts: [{ ...fault, attempt: 1, message: evil("attempt") }] }),
        evil("signature"),
        evil("why"),
        evil("by"),
      ],
    );
    await query(
      `insert into dead_letters (id, queue, message_id, body, deliveries, outcome) values ($1, 'trading', $2, $3::jsonb, 6, 'kept')`,
      [uuidv7(), evil("letter"), JSON.stringify({ type: evil("body") })],
    );
    await query(
      `update decision_details set reasoning = $2 where entry_id = (select id from entries where tournament_id = $1 and agent_id = $3)`,
      [stack.finished, evil("reasoning"), stack.evil],
    );
    const dry = { action: "delete", filter: { state: "FAILURE", signature: evil("signature") } };
    bulk = (await post("/bulk", dry, z.looseObject({ bulk_id: z.string() }))).bulk_id;
    await post("/schedules/cleanup_old_results/pause", { reason: evil("reason") }, z.unknown());
    await post("/schedules/cleanup_old_results/run", {}, z.unknown());
    await post("/queues/recovery/pause", { reason: evil("pause") }, z.unknown());
    return async () => {
      await post("/schedules/cleanup_old_results/resume", {}, z.unknown());
      await post("/queues/recovery/resume", {}, z.unknown());
      await query("delete from tasks where id = $1", [task]);
    };
  });

  /** What each page has to show, as it was written. */
  const pages = (): readonly (readonly [path: string, ...texts: string[]])[] => [
    ["/", EVIL],
    [`/t/${stack.live}`, EVIL],
    [`/t/${stack.finished}`, EVIL],
    [`/t/${stack.live}/${stack.evil}`, EVIL],
    [`/t/${stack.finished}/${stack.evil}`, EVIL, evil("reasoning")],
    [`/a/${stack.evil}`, EVIL],
    ["/a", EVIL],
    ["/new", EVIL],
    ["/ops/tasks?state=FAILURE", evil("message")],
    [`/ops/tasks/${task}`, ...["message", "attempt", "stack", "why", "by"].map(evil)],
    ["/ops/errors", evil("signature")],
    ["/ops/dead-letters", evil("letter")],
    [`/ops/bulk/${bulk}`, evil("signature")],
    ["/ops/bulk?dry_runs=true", evil("signature")],
    ["/ops/schedules/cleanup_old_results", evil("reason")],
    ["/ops/queues", evil("pause")],
    ["/ops/agents", EVIL],
  ];

  test("names, reasoning, errors, arguments, results, reasons and filters are shown as they were written", async () => {
    const { page } = await open("/signin", { operator: true });
    for (const [path, ...texts] of pages()) {
      await page.goto(path);
      await settled(page);
      for (const text of texts) {
        await expect.poll(() => page.locator("main").textContent(), { message: `${path}: ${text}` }).toContain(text);
      }
      expect(await page.locator("main :is(img, script, b, [onerror])").count(), path).toBe(0);
      expect(await page.evaluate("window.pwned"), path).toBeUndefined();
    }
    await page.goto(`/ops/tasks/${task}`);
    // JSON escapes the quotes, and nothing else.
    for (const [label, where] of [
      ["Arguments as JSON", "args"],
      ["Result as JSON", "result"],
    ] as const) {
      const shown = await page.getByRole("region", { name: label }).textContent();
      expect(shown).toContain(JSON.stringify(evil(where)));
    }
    await page.goto("/ops/dead-letters");
    await page.getByRole("group", { name: "Dead letters" }).getByRole("row").nth(1).click();
    await page
      .getByRole("dialog")
      .getByText(JSON.stringify(evil("body")))
      .waitFor();
    await page.goto(`/t/${stack.finished}/${stack.evil}`);
    await page.locator("details.decision summary").first().click();
    await page.locator(".decision .said", { hasText: evil("reasoning") }).waitFor();
    expect(await page.evaluate("window.pwned")).toBeUndefined();
  });

  test("the content security policy refuses a script or handler in the page", async () => {
    allow(/Content Security Policy/);
    for (const path of ["/", "/ops"]) {
      const { page } = await open(path, { operator: true });
      await settled(page);
      await page.evaluate(
        "window.refused = []; document.addEventListener('securitypolicyviolation', (e) => refused.push(e.effectiveDirective))",
      );
      // As text in the page, as an attribute, as an address.
      await page.addScriptTag({ content: "window.pwned = 'script'" }).catch(() => {});
      await page.evaluate(`{
        const button = document.createElement("button");
        button.setAttribute("onclick", "window.pwned = 'handler'");
        document.body.append(button);
        button.click();
        const link = document.createElement("a");
        link.href = "javascript:window.pwned='address'";
        document.body.append(link);
        link.click();
      }`);
      await expect
        .poll(() => page.evaluate("refused.sort()"))
        .toEqual(["script-src-attr", "script-src-elem", "script-src-elem"]);
      expect(await page.evaluate("window.pwned"), path).toBeUndefined();
    }
  });
});
