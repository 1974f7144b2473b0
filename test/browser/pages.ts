/** A browser for a test file, and pages in it that must say nothing in the console and break no policy. */
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import { z } from "zod";
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
}

let browser: Browser | null = null;
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
  });
}

/** Complaints that match are part of the test. */
export function allow(...patterns: RegExp[]): void {
  allowed.push(...patterns);
}

export async function open(path: string, options: Options = {}): Promise<Opened> {
  if (browser === null) throw new Error("useBrowser() comes first");
  const context = await browser.newContext({
    baseURL: stack.url,
    viewport: options.phone ? { width: 390, height: 844 } : { width: 1440, height: 1000 },
    colorScheme: options.scheme ?? "light",
    hasTouch: options.phone ?? false,
    reducedMotion: "reduce",
  });
  // Generous: it is the machine that may be slow, and a test that hangs has its own end.
  context.setDefaultTimeout(60_000);
  contexts.push(context);
  if (options.operator) {
    const answer = await context.request.post("/session", { data: { key: stack.operatorKey } });
    expect(answer.status()).toBe(200);
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

const axeSource = createRequire(import.meta.url).resolve("axe-core");
const violations = z.array(
  z.looseObject({
    id: z.string(),
    nodes: z.array(z.looseObject({ html: z.string(), failureSummary: z.string().optional() })),
  }),
);

/** What an automatic scan finds, one line each. */
export async function axe(page: Page): Promise<string[]> {
  const { readFile } = await import("node:fs/promises");
  await page.evaluate(await readFile(axeSource, "utf8"));
  const found = violations.parse(await page.evaluate("axe.run(document).then((result) => result.violations)"));
  return found.flatMap(({ id, nodes }) =>
    nodes
      .slice(0, 3)
      .map(({ html, failureSummary = "" }) => `${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 200)}`),
  );
}

/** Nothing is cut off at the right, and nothing scrolls sideways but what is made to. */
export async function overflow(page: Page): Promise<number> {
  return z.number().parse(await page.evaluate("Math.max(0, document.documentElement.scrollWidth - innerWidth)"));
}

const shots = join(import.meta.dirname, "../../dist/screenshots");

export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true, timeout: 0, animations: "disabled" });
}
