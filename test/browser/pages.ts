/** A browser for a test file, and pages in it that must say nothing in the console and break no policy. */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import { z } from "zod";
import type { Query } from "../../src/db/query.ts";
import { type DirectQuery, directQuery } from "../../src/local/direct-query.ts";
import { FLAGS } from "./chromium.ts";

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
}

let browser: Browser | null = null;
let database: DirectQuery | null = null;
const contexts: BrowserContext[] = [];
let complaints: string[] = [];
/** What a test provokes and expects, such as a connection that breaks. */
let allowed: RegExp[] = [];

export function useBrowser(): void {
  beforeAll(async () => {
    const executablePath = inject("chromium");
    if (executablePath !== null) browser = await chromium.launch({ executablePath, args: FLAGS });
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

/** The stack's database itself, for rows that nobody makes in a test's time. */
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

/** A decision for nobody, which has failed when this resolves. */
export async function failedTask(): Promise<string> {
  const id = await enqueue("run_agent_decision", { tournament_id: stack.live, agent_id: NOBODY });
  await fetch(new URL(`/tasks/${id}?wait=30`, stack.url));
  return id;
}

/** Complaints that match are part of the test. */
export function allow(...patterns: RegExp[]): void {
  allowed.push(...patterns);
}

export async function open(path: string, options: Options = {}): Promise<Opened> {
  if (browser === null) throw new Error("useBrowser() comes first");
  const context = await browser.newContext({
    baseURL: stack.url,
    viewport: options.phone ? PHONE : { width: 1440, height: 1000 },
    colorScheme: options.scheme ?? "light",
    hasTouch: options.phone ?? false,
    reducedMotion: "reduce",
    ...(options.zone ? { timezoneId: options.zone } : {}),
  });
  // Generous: it is the machine that may be slow, and a test that hangs has its own end.
  context.setDefaultTimeout(60_000);
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
      asked.push(`${request.method()} ${request.url().slice(stack.url.length)}`);
    if (!request.url().startsWith(stack.url) && !request.url().startsWith("data:"))
      complaints.push(`left the origin: ${request.url()}`);
  });
  await page.goto(path);
  return { page, asked };
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");
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

/** What is asked for has come: a heading, and no bones any more. */
export async function settled(page: Page, heading?: string): Promise<void> {
  await page.getByRole("heading", { level: 1, ...(heading ? { name: heading, exact: true } : {}) }).waitFor();
  await expect.poll(() => page.locator(".skeleton").count()).toBe(0);
}

/** The phone is the narrowest that is still sold. */
const PHONE = { width: 360, height: 780 };
const SIZES = [
  ["desktop", { width: 1440, height: 1000 }],
  ["phone", PHONE],
] as const;

/** What the page looks like now, at both sizes and in both themes: axe finds nothing, and nothing is cut off. `name`: each is photographed too. */
export async function scan(page: Page, where: string, name = ""): Promise<void> {
  for (const [size, viewport] of SIZES) {
    await page.setViewportSize(viewport);
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect.soft(await axe(page), `${where}, ${size}, ${scheme}`).toEqual([]);
      if (name) await shoot(page, `${name}-${size}-${scheme}`);
    }
    expect.soft(await overflow(page), `${where}, ${size}`).toEqual([]);
  }
}

/** What is cut off at the right: of the header, of a box that shows no more, or of a page that scrolls sideways without being made to. */
export async function overflow(page: Page): Promise<string[]> {
  return z.array(z.string()).parse(
    await page.evaluate(`(() => {
      const beyond = (box, width) => [...box.querySelectorAll("*")]
        .filter((at) => at.getBoundingClientRect().right > width + 0.5)
        .slice(0, 5)
        .map((at) => at.outerHTML.slice(0, 160));
      const root = document.documentElement;
      const nav = document.querySelector(".top nav");
      const cut = nav && nav.scrollWidth > nav.clientWidth ? beyond(nav, nav.getBoundingClientRect().right) : [];
      for (const box of document.querySelectorAll("main :is(dl, ul, section, div)")) {
        const { overflowX, textOverflow } = getComputedStyle(box);
        if (overflowX === "hidden" && textOverflow !== "ellipsis" && box.scrollWidth > box.clientWidth + 1)
          cut.push("cut off in " + box.outerHTML.slice(0, 160));
      }
      return root.scrollWidth > innerWidth ? ["the page scrolls sideways", ...cut, ...beyond(document.body, innerWidth)] : cut;
    })()`),
  );
}

const shots = join(import.meta.dirname, "../../dist/screenshots");

export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true, timeout: 0, animations: "disabled" });
}
