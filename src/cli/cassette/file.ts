/**
 * A cassette: what the models of a tournament were asked and answered, one JSON line after the other. The first line names the
 * tournament, a text stands before the step that first uses it, and each step says how it ended.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import { recordedRequest } from "../../rounds/models/request-parts.ts";

export const CASSETTE_FORMAT = "agonus.cassette/1";

const head = z.strictObject({ cassette: z.literal(CASSETTE_FORMAT), tournament: z.string() });
const text = z.strictObject({ hash: z.string(), text: z.string() });
const end = z.discriminatedUnion("kind", [
  /** The provider's answer, and what it counted. Without counts our own estimate stood in for them. */
  z.strictObject({
    kind: z.literal("answer"),
    hash: z.string(),
    usage: z.strictObject({ input: z.number(), output: z.number() }).nullable(),
  }),
  /** An answer that was none: it goes back to the model as a fault of its own. */
  z.strictObject({ kind: z.literal("nonsense"), hash: z.string() }),
  z.strictObject({ kind: z.literal("too_long") }),
  /** The provider refused, or was not done in time. */
  z.strictObject({ kind: z.literal("unavailable"), why: z.string() }),
]);
const step = z.strictObject({
  agent: z.string(),
  round: z.number(),
  step: z.number(),
  request_hash: z.string(),
  request: recordedRequest,
  end,
});

export type CassetteStep = z.infer<typeof step>;
export type CassetteLine = z.infer<typeof head> | z.infer<typeof text> | CassetteStep;

export interface Cassette {
  /** The tournament's name: it holds a hash of everything that decides the outcome. */
  readonly tournament: string;
  readonly steps: readonly CassetteStep[];
  readonly texts: ReadonlyMap<string, string>;
}

/** A sentence where the file is no cassette. */
export async function readCassette(path: string): Promise<Cassette | string> {
  let tournament: string | null = null;
  const steps: CassetteStep[] = [];
  const texts = new Map<string, string>();
  let number = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Infinity })) {
      number += 1;
      const value: unknown = JSON.parse(line);
      if (tournament === null) {
        const first = head.safeParse(value);
        if (!first.success) return `${path} is no cassette: its first line does not name ${CASSETTE_FORMAT}`;
        tournament = first.data.tournament;
        continue;
      }
      const one = text.safeParse(value);
      if (one.success) texts.set(one.data.hash, one.data.text);
      else steps.push(step.parse(value));
    }
  } catch (error) {
    return faultText(path, number, error);
  }
  if (tournament === null) return `${path} is no cassette: it is empty`;
  return { tournament, steps, texts };
}

function faultText(path: string, number: number, error: unknown): string {
  if (error instanceof SyntaxError) return `${path} line ${number} is no JSON: was its recording cut off?`;
  if (error instanceof z.ZodError) return `${path} line ${number} is no step: ${z.prettifyError(error)}`;
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ENOENT") return `${path}: there is no such file`;
  return `${path} can't be read: ${code ?? String(error)}`;
}
