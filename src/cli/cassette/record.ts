/** Writes a finished tournament's cassette from the recorded steps of its models. */
import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Query } from "../../db/query.ts";
import { type RecordedEnd, readEndsOfRound, readStepRounds } from "../../db/statements/models/step-ends.ts";
import { readContents } from "../../db/statements/models/steps-of-round.ts";
import { CASSETTE_FORMAT, type CassetteLine, type CassetteStep } from "./file.ts";

/** The file is there as a whole or not at all. Returns how many steps it has. */
export async function recordCassette(
  query: Query,
  tournamentId: string,
  tournament: string,
  path: string,
): Promise<number> {
  const unfinished = `${path}.part`;
  let steps = 0;
  const lines = async function* () {
    for await (const line of linesOf(query, tournamentId, tournament)) {
      if ("end" in line) steps += 1;
      yield `${JSON.stringify(line)}\n`;
    }
  };
  await pipeline(Readable.from(lines()), createWriteStream(unfinished));
  await rename(unfinished, path);
  return steps;
}

async function* linesOf(query: Query, tournamentId: string, tournament: string): AsyncGenerator<CassetteLine> {
  yield { cassette: CASSETTE_FORMAT, tournament };
  const written = new Set<string>();
  for (const round of await readStepRounds(query, tournamentId)) {
    const ends = await readEndsOfRound(query, tournamentId, round);
    const contents = await readContents(query, ends.flatMap(hashesOf));
    for (const step of ends) {
      for (const hash of hashesOf(step)) {
        const text = contents[hash];
        if (text === undefined) throw new Error(`a text of round ${round} was deleted: record sooner`);
        if (!written.has(hash)) yield { hash, text };
        written.add(hash);
      }
      yield stepOf(step);
    }
  }
}

function hashesOf({ request: { head, messages }, answer_hash }: RecordedEnd): string[] {
  const asked = messages.flatMap(({ parts }) => parts.map(({ hash }) => hash));
  return [head, ...asked, ...(answer_hash === null ? [] : [answer_hash])];
}

function stepOf(row: RecordedEnd): CassetteStep {
  const { agent, round, step, request_hash, request } = row;
  return { agent, round, step, request_hash, request, end: endOf(row) };
}

/** What the step's last attempt came to. */
function endOf(row: RecordedEnd): CassetteStep["end"] {
  const { state, code, answer_hash: hash, detail, estimated, input_tokens, output_tokens } = row;
  if (state === "answered" && hash !== null) {
    return { kind: "answer", hash, usage: estimated ? null : { input: input_tokens, output: output_tokens } };
  }
  if (code !== "agent.bad_answer") return { kind: "unavailable", why: detail ?? "no answer came" };
  return hash === null ? { kind: "too_long" } : { kind: "nonsense", hash };
}
