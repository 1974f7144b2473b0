/** Why a retry of an ended task is of no use, as SQL: the rule of core/tasks/mending.ts. Null where it may help. */
import { finalErrorCodes, roundsToDecide } from "../../../core/tasks/mending.ts";

const quoted = (texts: readonly string[]) => texts.map((text) => `'${text}'`).join(", ");

/** `task`: a row with `state`, `key` and the `code` of its error. `round`: the round of its decision, of a left join. */
export const noUse = (task: string, round: string) => `
case when ${task}.state in ('FAILURE', 'REVOKED') and ${round}.state not in (${quoted(roundsToDecide)}) then 'its round is over: a retry can''t help'
  when ${task}.state = 'FAILURE' and ${task}.code in (${quoted(finalErrorCodes)}) then 'a retry can''t help after ' || ${task}.code end`;
