/** The unique key of the task that decides for an entry in a round. SQL makes the same text in agonus_decision_key(). */
export function decisionKey(roundId: string, entryId: string): string {
  return `decide:${roundId}:${entryId}`;
}
