/** `--agents FILE` and `--with FILE`: a JSON array of bodies of POST /agents, refused by the same rules before anything is started. */
import { readFile } from "node:fs/promises";
import { CodedError, type FieldError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import { fieldErrors } from "../core/text/field-errors.ts";
import { forbiddenParts, readJsonText } from "../core/text/json-limits.ts";
import { Lookalikes, lookOf } from "../core/text/look-alike.ts";
import { type AgentBody, agentBody } from "../http/agents/bodies.ts";
import { strategyOfNew } from "../http/agents/strategy.ts";

const MAX_ERRORS = 20;

export type AgentsResult =
  | { readonly kind: "ok"; readonly agents: readonly AgentBody[] }
  | { readonly kind: "bad"; readonly errors: readonly string[] };

/** `field`: the agents that the file's agents join. */
export async function readAgentsFile(path: string, field: readonly AgentBody[] = []): Promise<AgentsResult> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : String(error);
    return bad(code === "ENOENT" ? `${path}: there is no such file` : `${path}: can't be read (${code})`);
  }
  return parseAgents(path, text, field);
}

/** Sentences name the field by its place in the array: "agents.json: 2.config.limits.risk_score must be …". */
export function parseAgents(file: string, text: string, field: readonly AgentBody[] = []): AgentsResult {
  let list: unknown;
  try {
    list = readJsonText(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    return bad(`${file}: is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!Array.isArray(list)) return bad(`${file}: must be a JSON array of agents`);
  if (list.length === 0) return bad(`${file}: has no agents; a tournament needs at least one`);
  const room = limits.entriesMax - field.length;
  if (list.length > room) return bad(`${file}: has ${list.length} agents; ${room} at most`);

  const agents: AgentBody[] = [];
  const errors: FieldError[] = forbiddenParts(list);
  const names = new Lookalikes<{ readonly place: number | null; readonly name: string }>();
  for (const { name } of field) names.add(lookOf(name), { place: null, name });
  for (const [index, item] of errors.length > 0 ? [] : list.entries()) {
    const read = readAgent(item);
    if (Array.isArray(read)) {
      errors.push(
        ...read.map(({ path, message }) => ({ path: path === "" ? `${index}` : `${index}.${path}`, message })),
      );
      continue;
    }
    const other = names.add(lookOf(read.name), { place: index, name: read.name });
    if (other) {
      errors.push({ path: `${index}.name`, message: `is "${read.name}", ${likeness(read.name, other)}` });
    }
    agents.push(read);
  }
  if (errors.length === 0) return { kind: "ok", agents };
  const shown = errors.slice(0, MAX_ERRORS).map(({ path, message }) => `${file}: ${path} ${message}`);
  return {
    kind: "bad",
    errors: errors.length > MAX_ERRORS ? [...shown, `${file}: and ${errors.length - MAX_ERRORS} more errors`] : shown,
  };
}

/** `place` is null for an agent of the field. */
function likeness(name: string, other: { readonly place: number | null; readonly name: string }): string {
  if (other.place === null) {
    return other.name === name
      ? "which an agent of the field is named"
      : `which looks like "${other.name}" of the field`;
  }
  return other.name === name ? `as ${other.place}.name is` : `which looks like ${other.place}.name, "${other.name}"`;
}

function readAgent(item: unknown): AgentBody | FieldError[] {
  const parsed = agentBody.safeParse(item);
  if (!parsed.success) return parsed.error.issues.flatMap(fieldErrors);
  const { kind = "house" } = parsed.data;
  if (kind !== "house" && kind !== "llm") {
    return [{ path: "kind", message: "must be house or llm here: nobody would answer for another agent" }];
  }
  try {
    strategyOfNew(parsed.data);
  } catch (error) {
    if (error instanceof CodedError && error.errors !== undefined) return [...error.errors];
    throw error;
  }
  return parsed.data;
}

function bad(error: string): AgentsResult {
  return { kind: "bad", errors: [error] };
}
