/**
 * The tools that a model may use in a round. They read the round that the model was shown and change the entry's own notes
 * alone. No tool takes an id, so nothing outside of the entry can be reached.
 */
import { type Schema, type ToolSet, tool, zodSchema } from "ai";
import { z } from "zod";
import { modelDecision } from "../../api/model-decision.ts";
import type { AgonusRound } from "../../api/round.ts";
import type { Mind } from "../../core/agents/mind.ts";
import type { ModelTool } from "../../core/agents/model-config.ts";
import { limits } from "../../core/limits.ts";
import { shownMind } from "./mind.ts";
import { planTools } from "./plan-tools.ts";
import { pastOf } from "./prompt.ts";

/** What the tools of one decision work on. Notes and plan steps change, and are stored with the decision. */
export interface Desk {
  readonly round: AgonusRound;
  /** Theses and plan steps. */
  mind: Mind;
  notes: Record<string, unknown>;
}

const CANDLES_MAX = 120;
const symbol = z.string().max(limits.symbolCharsMax).describe("One of the tournament's symbols.");
const key = z.string().min(1).max(100);
/** Made once: the SDK writes a schema of its own as JSON Schema when it is first sent, and any other anew for each decision. */
const schemas = {
  nothing: zodSchema(z.strictObject({})),
  price: zodSchema(z.strictObject({ symbol })),
  candles: zodSchema(z.strictObject({ symbol, count: z.number().int().min(1).max(CANDLES_MAX) })),
  indicator: zodSchema(z.strictObject({ symbol, name: key.optional() })),
  note: zodSchema(z.strictObject({ key, text: z.string().max(limits.memoryBytesMax).optional() })),
};

export function toolsOf(desk: Desk, chosen: readonly ModelTool[]): ToolSet {
  const { market, portfolio, memory } = desk.round;
  const all = {
    get_price: tool({
      description: "The price of a symbol at the round's due time.",
      inputSchema: schemas.price,
      execute: async (asked) => ({ price: marketOf(market, asked.symbol).price }),
    }),
    get_candles: tool({
      description: "The newest closed candles of a symbol, the oldest first.",
      inputSchema: schemas.candles,
      execute: async (asked) => ({ candles: marketOf(market, asked.symbol).candles.slice(-asked.count) }),
    }),
    get_indicator: tool({
      description: "An indicator of a symbol, or all of them without a name.",
      inputSchema: schemas.indicator,
      execute: async (asked) => indicatorsOf(marketOf(market, asked.symbol).indicators, asked.name),
    }),
    get_portfolio: tool({
      description: "Your cash, positions and equity.",
      inputSchema: schemas.nothing,
      execute: async () => portfolio,
    }),
    get_memory: tool({
      description: "Your last trades and decision, and your notes, theses and plan steps as they are now.",
      inputSchema: schemas.nothing,
      execute: async () => ({
        ...pastOf(memory),
        notes: desk.notes,
        ...shownMind(desk.mind, desk.round.round.due_at),
      }),
    }),
    write_note: tool({
      description: "Keeps a note for your next rounds. Without a text the note is deleted. Notes have 8 KB in all.",
      inputSchema: schemas.note,
      execute: async (note) => writeNote(desk, note.key, note.text),
    }),
    ...planTools(desk),
  };
  const picked = Object.fromEntries(Object.entries(all).filter(([name]) => chosen.some((one) => one === name)));
  return { ...picked, submit_decision: submitDecision };
}

/** It has no execute: a valid call ends the loop, and an invalid one goes back to the model with what is wrong. */
const decisionSchema: Schema = zodSchema(modelDecision);
const submitDecision: ToolSet[string] = {
  description: "Decides the round. Without round the open one is meant.",
  inputSchema: decisionSchema,
};

/** What is thrown here goes to the model, word by word. */
function marketOf(market: AgonusRound["market"], asked: string): AgonusRound["market"][string] {
  const known = Object.hasOwn(market, asked) ? market[asked] : undefined;
  if (!known) throw new Error(`There is no such symbol. The symbols are ${Object.keys(market).join(", ")}.`);
  return known;
}

function indicatorsOf(indicators: Readonly<Record<string, number>>, name: string | undefined) {
  if (name === undefined) return indicators;
  const value = Object.hasOwn(indicators, name) ? indicators[name] : undefined;
  if (value === undefined)
    throw new Error(`There is no such indicator. There are ${Object.keys(indicators).join(", ")}.`);
  return { [name]: value };
}

function writeNote(desk: Desk, name: string, text: string | undefined): { kept: number } {
  const { [name]: _, ...others } = desk.notes;
  const next = text === undefined ? others : { ...others, [name]: text.replaceAll("\0", "").toWellFormed() };
  if (new TextEncoder().encode(JSON.stringify(next)).byteLength > limits.memoryBytesMax)
    throw new Error(`All notes together may have ${limits.memoryBytesMax} bytes. Delete one first.`);
  desk.notes = next;
  return { kept: Object.keys(next).length };
}
