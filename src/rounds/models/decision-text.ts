/** Finds a decision in a model's plain text: exactly one JSON object of the decision's shape, in a fence or after thoughts. */
import { type ModelDecision, modelDecision } from "../../api/model-decision.ts";
import { limits } from "../../core/limits.ts";

/** How many places a text may have where an object could begin: a longer search costs more than a repair turn. */
const OBJECTS_MAX = 200;

/** `why`: what is wrong with the text, for the model to read. */
export function decisionInText(text: string): { readonly decision: ModelDecision } | { readonly why: string } {
  const found: ModelDecision[] = [];
  let wrong = "";
  for (const object of objectsIn(afterThoughts(text).slice(-limits.decisionBytesMax))) {
    const parsed = modelDecision.safeParse(object);
    if (parsed.success) found.push(parsed.data);
    else if ("orders" in object)
      wrong = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  }
  const [decision, another] = found;
  if (decision && !another) return { decision };
  if (another) return { why: "Your text holds more than one decision." };
  if (wrong !== "") return { why: `The decision in your text is not valid: ${wrong.slice(0, 500)}.` };
  return { why: text.trim() === "" ? "Your answer was empty." : "Your answer was a text without a decision." };
}

/** What stands in <think> … </think> is no answer. */
function afterThoughts(text: string): string {
  const end = text.lastIndexOf("</think>");
  return end === -1 ? text : text.slice(end + "</think>".length);
}

/** The outermost JSON objects, in their order. */
function objectsIn(text: string): Record<string, unknown>[] {
  const objects: Record<string, unknown>[] = [];
  let tries = 0;
  for (let at = text.indexOf("{"); at !== -1 && tries < OBJECTS_MAX; tries++) {
    const end = endOfObject(text, at);
    const object = end === -1 ? null : parsed(text.slice(at, end));
    if (object) objects.push(object);
    at = text.indexOf("{", object ? end : at + 1);
  }
  return objects;
}

function endOfObject(text: string, from: number): number {
  let depth = 0;
  let inText = false;
  for (let at = from; at < text.length; at++) {
    const sign = text[at];
    if (inText) {
      if (sign === "\\") at += 1;
      else if (sign === '"') inText = false;
    } else if (sign === '"') inText = true;
    else if (sign === "{") depth += 1;
    else if (sign === "}") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
