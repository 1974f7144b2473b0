/** `--agents FILE`: a JSON array of bodies of POST /agents, refused by the same rules before anything is started. */
import { readFile } from "node:fs/promises";
import { CodedError, type FieldError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import { type AgentBody, agentBody } from "../http/agent-bodies.ts";
import { refuseLimitsOfBaseline, strategyOf } from "../http/agent-strategy.ts";
import { forbiddenParts } from "../http/json-limits.ts";
import { fieldErrors } from "../http/validation.ts";

const MAX_ERRORS = 20;

export type AgentsResult =
  | { readonly kind: "ok"; readonly agents: readonly AgentBody[] }
  | { readonly kind: "bad"; readonly errors: readonly string[] };

export async function readAgentsFile(path: string): Promise<AgentsResult> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : String(error);
    return bad(code === "ENOENT" ? `${path}: there is no such file` : `${path}: can't be read (${code})`);
  }
  return parseAgents(path, text);
}

/** Sentences name the field by its place in the array: "agents.json: 2.config.limits.risk_score must be …". */
export function parseAgents(file: string, text: string): AgentsResult {
  let list: unknown;
  try {
    list = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    return bad(`${file}: is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!Array.isArray(list)) return bad(`${file}: must be a JSON array of agents`);
  if (list.length === 0) return bad(`${file}: has no agents; a tournament needs at least one`);
  if (list.length > limits.entriesMax) return bad(`${file}: has ${list.length} agents; ${limits.entriesMax} at most`);

  const agents: AgentBody[] = [];
  const errors: FieldError[] = forbiddenParts(list);
  const places = new Map<string, number>();
  for (const [index, item] of errors.length > 0 ? [] : list.entries()) {
    const read = readAgent(item);
    if (Array.isArray(read)) {
      errors.push(
        ...read.map(({ path, message }) => ({ path: path === "" ? `${index}` : `${index}.${path}`, message })),
      );
      continue;
    }
    const other = places.get(read.name);
    if (other !== undefined) errors.push({ path: `${index}.name`, message: `is "${read.name}", as ${other}.name is` });
    places.set(read.name, index);
    agents.push(read);
  }
  if (errors.length === 0) return { kind: "ok", agents };
  const shown = errors.slice(0, MAX_ERRORS).map(({ path, message }) => `${file}: ${path} ${message}`);
  return {
    kind: "bad",
    errors: errors.length > MAX_ERRORS ? [...shown, `${file}: and ${errors.length - MAX_ERRORS} more errors`] : shown,
  };
}

function readAgent(item: unknown): AgentBody | FieldError[] {
  const parsed = agentBody.safeParse(item);
  if (!parsed.success) return parsed.error.issues.flatMap(fieldErrors);
  try {
    const strategy = strategyOf(parsed.data);
    if (strategy === null) return [{ path: "strategy_type", message: "is needed, or strategy" }];
    refuseLimitsOfBaseline(strategy.type, parsed.data);
  } catch (error) {
    if (error instanceof CodedError && error.errors !== undefined) return [...error.errors];
    throw error;
  }
  return parsed.data;
}

function bad(error: string): AgentsResult {
  return { kind: "bad", errors: [error] };
}
