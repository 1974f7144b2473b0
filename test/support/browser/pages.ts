/** A browser for a test file, and pages in it that must say nothing in the console and break no policy. */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { uuidv7 } from "uuidv7";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import { z } from "zod";
import type { Query } from "../../../src/db/query.ts";
import { type DirectQuery, directQuery } from "../../../src/local/postgres/direct-query.ts";

export const stack = {
  url: inject("url"),
  operatorKey: inject("operatorKey"),
  dataDir: inject("dataDir"),
  live: inject("live"),
  finished: inject("finished"),
  evil: inject("evil"),
};
export const missing = inject("chromium") === null;

export interface Opened {
  readonly page: Page;
  /** Requests by REST since the page was opened: "GET /tournaments/…". */
  readonly asked: string[];
}

interface Options {
  readonly phone?: boolean;
  readonly scheme?: "light" | "dark";
  /** With the operator's session. */
  readonly operator?: boolean;
  /** The viewer's zone. */
  readonly zone?: string;
  /** The address of another stack. */
  readonly at?: string;
}

let browser: Browser | null = null;
let database: DirectQuery | null = null;
const contexts: BrowserContext[] = [];
let complaints: string[] = [];
/** Complaints that a test provokes, such as a connection that breaks. */
let allowed: RegExp[] = [];

export function useBrowser(): void {
  beforeAll(async () => {
    const address = inject("chromium");
    if (address !== null) browser = await chromium.connect(address);
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    const heard = complaints.filter((line) => !allowed.some((pattern) => pattern.test(line)));
    complaints = [];
    allowed = [];
    expect(heard).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await database?.close();
    database = null;
  });
}

/** The stack's database, for rows that would take too long to make in another way. */
export const query: Query = (text, params) => {
  database ??= directQuery(inject("databaseUrl"), 1);
  return database.query(text, params);
};

/** The API as its operator uses it. */
export async function post<T>(path: string, body: unknown, shape: z.ZodType<T>): Promise<T> {
  const headers = { authorization: `Bearer ${stack.operatorKey}`, "content-type": "application/json" };
  const response = await fetch(new URL(path, stack.url), { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`POST ${path}: ${await response.text()}`);
  return shape.parse(await response.json());
}

/** An agent that exists nowhere: its decisions fail with entry.not_found. */
export const NOBODY = "0199c0de-0000-7000-8000-000000000000";

export async function enqueue(name: string, args: unknown, more: object = {}): Promise<string> {
  return (await post("/tasks", { name, args, ...more }, z.looseObject({ task_id: z.string() }))).task_id;
}

/** A decision of an unknown agent, which has failed when the promise resolves. */
export async function failedTask(agent = NOBODY): Promise<string> {
  const id = await enqueue("run_agent_decision", { tournament_id: stack.live, agent_id: agent });
  await fetch(new URL(`/tasks/${id}?wait=30`, stack.url));
  return id;
}

/** Failed tasks of one group, which a retry mends: what they do succeeds now. */
export async function brokenTasks(signature: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuidv7());
  const error = { class: "Error", code: "task.failed", message: signature, attempts: [] };
  await query(
    `insert into tasks (id, name, queue, state, args, error, signature, attempt, max_attempts, due_at, sent_at, sends, created_at,
       started_at, finished_at, history)
     select id, 'check_tournament_transitions', 'recovery', 'FAILURE', '{}', $2::jsonb, $3, 4, 4, n, n, 1, n, n, n,
       jsonb_build_array(jsonb_build_object('at', n, 'state', 'FAILURE', 'why', 'made by a test', 'attempt', 4))
     from unnest($1::uuid[]) id, (select agonus_now() as n) x`,
    [ids, JSON.stringify(error), signature],
  );
  return ids;
}

/** Complaints that match are part of the test. */
export function allow(...patterns: RegExp[]): void {
  allowed.push(...patterns);
}

export async function open(path: string, options: Options = {}): Promise<Opened> {
  if (browser === null) throw new Error("useBrowser() comes first");
  const { at = stack.url } = options;
  const context = await browser.newContext({
    baseURL: at,
    viewport: options.phone ? PHONE : { width: 1440, height: 1000 },
    colorScheme: options.scheme ?? "light",
    hasTouch: options.phone ?? false,
    reducedMotion: "reduce",
    ...(options.zone ? { timezoneId: options.zone } : {}),
  });
  // Generous, because the machine may be slow. A test that hangs has its own limit.
  context.setDefaultTimeout(120_000);
  contexts.push(context);
  if (options.operator) {
    const [name = "", value = ""] = inject("session").split(/=(.*)/);
    await context.addCookies([{ name, value, url: stack.url, httpOnly: true, sameSite: "Strict" }]);
  }
  const page = await context.newPage();
  const asked: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(`${error}`));
  page.on("request", (request) => {
    if (["fetch", "xhr"].includes(request.resourceType()))
      asked.push(`${request.method()} ${request.url().slice(at.length)}`);
    if (!request.url().startsWith(at) && !request.url().startsWith("data:"))
      complaints.push(`left the origin: ${request.url()}`);
  });
  await page.goto(path);
  return { page, asked };
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const violations = z.array(
  z.looseObject({
    id: z.string(),
    nodes: z.array(z.looseObject({ html: z.string(), failureSummary: z.string().optional() })),
  }),
);

/** What an automatic scan finds, one line each. */
export async function axe(page: Page): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axeSource);
  const found = violations.parse(
    await page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)"),
  );
  return found.flatMap(({ id, nodes }) =>
    nodes
      .slice(0, 3)
      .map(({ html, failureSummary = "" }) => `${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 200)}`),
  );
}

/** Waits until the page has loaded: it has a heading and no skeleton. */
export async function settled(page: Page, heading?: string): Promise<void> {
  await page.getByRole("heading", { level: 1, ...(heading ? { name: heading, exact: true } : {}) }).waitFor();
  // Ten pages may load at the same time on a busy machine.
  await expect.poll(() => page.locator(".skeleton").count(), { timeout: 200_000 }).toBe(0);
}

/** Waits until a live tournament's page has read all that it shows: from then on a request means that it reads again. */
export async function wholeLive(page: Page): Promise<void> {
  await page.locator(".connection.live").waitFor();
  await page.getByRole("group", { name: "Leaderboard" }).locator("tbody tr").first().waitFor();
  for (const part of [".decision-list", ".pill", ".history button"]) await page.locator(part).first().waitFor();
  await page.waitForLoadState("networkidle");
}

/** The phone is the narrowest that is still sold. */
const PHONE = { width: 360, height: 780 };
/**
 * Colours depend on the theme alone, and everything else on the size alone (test/unit/wiring/themes.test.ts). So two scans find
 * what four would find: each size, each theme.
 */
const SCANS = [
  ["desktop", { width: 1440, height: 1000 }, "light"],
  ["phone", PHONE, "dark"],
] as const;
const THEMES = ["light", "dark"] as const;

/** Checks the page at both sizes and in both themes: axe finds nothing, and nothing is cut off. `name`: of its pictures. */
export async function scan(page: Page, where: string, name = ""): Promise<void> {
  for (const [size, viewport, theme] of SCANS) {
    await page.setViewportSize(viewport);
    for (const other of name ? THEMES : []) await shoot(page, `${name}-${size}-${other}`, other);
    await page.emulateMedia({ colorScheme: theme });
    await still(page);
    expect.soft(await axe(page), `${where}, ${size}, ${theme}`).toEqual([]);
    await still(page);
    expect.soft(await overflow(page), `${where}, ${size}`).toEqual([]);
  }
}

/** Waits until nothing glides or comes in: on its way it is laid over others. */
async function still(page: Page): Promise<void> {
  const moving = "document.getAnimations().filter(({ id }) => id === 'glide' || id === 'fade').length";
  await expect.poll(() => page.evaluate(moving)).toBe(0);
}

/** Goes to another page as a link does: without loading the web app anew. */
export async function follow(page: Page, path: string, heading: string): Promise<void> {
  await page.evaluate(`history.pushState(null, "", ${JSON.stringify(path)})`);
  await settled(page, heading);
}

/**
 * What a reader can't read: cut off at the right by the header, by a box or on a page that scrolls sideways, laid over the next
 * cell of a table, or broken inside a word. Code may scroll sideways (a box with a `pre`), and a wide table on a desktop.
 */
export async function overflow(page: Page): Promise<string[]> {
  return z.array(z.string()).parse(
    await page.evaluate(`(() => {
      const named = (what, box) => what + " " + box.outerHTML.slice(0, 160);
      const beyond = (box, width) => [...box.querySelectorAll("*")]
        .filter((at) => at.getBoundingClientRect().right > width + 0.5)
        .slice(0, 5)
        .map((at) => at.outerHTML.slice(0, 160));
      const root = document.documentElement;
      const nav = document.querySelector(".top nav");
      const cut = nav && nav.scrollWidth > nav.clientWidth ? beyond(nav, nav.getBoundingClientRect().right) : [];
      for (const box of document.querySelectorAll("main :is(dl, ul, nav, section, div)")) {
        if (box.scrollWidth <= box.clientWidth + 1) continue;
        const { overflowX, textOverflow } = getComputedStyle(box);
        if (overflowX === "hidden" && textOverflow !== "ellipsis") cut.push(named("cut off in", box));
        if (innerWidth < 640 && ["auto", "scroll"].includes(overflowX) && !box.querySelector(":scope > pre")) cut.push(named("scrolls sideways:", box));
      }
      const word = document.createRange();
      for (const cell of document.querySelectorAll("main table td")) {
        if (cell.scrollWidth > cell.clientWidth + 1) cut.push(named("laid over its neighbour:", cell));
        const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        for (let text = texts.nextNode(); text; text = texts.nextNode()) {
          for (const { index, 0: letters } of text.data.matchAll(/(?<=^|\\s)\\p{L}{2,16}(?=$|[\\s.,:])/gu)) {
            word.setStart(text, index);
            word.setEnd(text, index + letters.length);
            const lines = new Set([...word.getClientRects()].map(({ top }) => Math.round(top)));
            if (lines.size > 1) cut.push(named("broken: " + letters + " in", cell));
          }
        }
      }
      return root.scrollWidth > innerWidth ? ["the page scrolls sideways", ...cut, ...beyond(document.body, innerWidth)] : cut;
    })()`),
  );
}

const shots = join(import.meta.dirname, "../../../dist/screenshots");

/** Takes a picture, if AGONUS_PICTURES asks for them: all together take as long as a third of the tests. */
export async function shoot(page: Page, name: string, theme: "light" | "dark" = "light"): Promise<void> {
  if (!process.env.AGONUS_PICTURES) return;
  await page.emulateMedia({ colorScheme: theme });
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true, timeout: 0, animations: "disabled" });
}
