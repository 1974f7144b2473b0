/** Recomputes a finished tournament by the ledger, and stores the verdict that the pages show, with the result's hash. */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { defaultRetry } from "../core/tasks/retry.ts";
import { type Check, readSizeToCheck, writeCheck } from "../db/statements/tournaments/checks.ts";
import { checkLedger } from "../ledger/check-ledger.ts";
import { hashTournament } from "../rounds/result-hash.ts";
import { defineTask } from "./define.ts";

export const checkTournamentResult = defineTask({
  name: "check_tournament_result",
  description:
    "Recomputes a finished tournament from its orders, quotes and rules, compares every stored figure, and stores the verdict with the result's hash.",
  returns:
    "`verdict` (`exact`, `wrong`, or `too_large` for the server: then only `npm run ledger` checks it), `checked`, `failures`, `hash`.",
  queue: "recovery",
  args: z.object({ tournament_id: z.uuid() }).strict(),
  result: z.object({
    verdict: z.enum(["exact", "wrong", "too_large"]),
    checked: z.number().int(),
    failures: z.number().int(),
    hash: z.string().nullable(),
  }),
  retry: defaultRetry,
  softLimitSeconds: limits.softLimitSeconds,
  hardLimitSeconds: limits.hardLimitSeconds,
  key: ({ tournament_id }) => `check_tournament_result:${tournament_id}`,
  keyInWords: "The tournament: it is checked once, until the finished task is cleaned up.",
  subject: ({ tournament_id }) => ({ scope: tournament_id, subject: null }),
  async run({ tournament_id }, { query, codeVersion, log, by }, attempt) {
    const size = await readSizeToCheck(query, tournament_id);
    if (size === null)
      return { kind: "failure", code: "tournament.not_found", message: "There is no such tournament." };
    if (!size.ended)
      return { kind: "failure", code: "tournament.wrong_state", message: "The tournament has not ended." };
    const found = size.points > limits.checkedPointsMax ? tooLarge : await checked();
    await writeCheck(query, tournament_id, { ...found, codeVersion });
    log({
      event: "result_checked",
      tournament_id,
      verdict: found.verdict,
      checked: found.checked,
      failures: found.failures,
      by,
    });
    return { kind: "success", result: found };

    async function checked(): Promise<Found> {
      const ledger = await checkLedger(query, {
        tournamentId: tournament_id,
        onProgress: ({ done, rounds }) => {
          attempt.signal.throwIfAborted();
          attempt.progress(rounds === 0 ? 0 : done / rounds);
        },
      });
      const hash = await hashTournament(query, tournament_id);
      return { verdict: ledger.ok ? "exact" : "wrong", checked: ledger.checked, failures: ledger.failures, hash };
    }
  },
});

type Found = Omit<Check, "codeVersion">;
const tooLarge: Found = { verdict: "too_large", checked: 0, failures: 0, hash: null };
