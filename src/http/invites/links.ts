/** Where an agent finds what it needs to play. */
export interface Links {
  readonly tournament: string;
  readonly rules: string;
  readonly round: string;
  readonly decisions: string;
  readonly log: string;
  readonly leaderboard: string;
  readonly page: string;
}

export function linksOf(origin: string, agentId: string, tournamentId: string): Links {
  const agent = `${origin}/agents/${agentId}`;
  const of = `tournament_id=${tournamentId}`;
  return {
    tournament: `${origin}/tournaments/${tournamentId}`,
    rules: `${origin}/tournaments/${tournamentId}/rules`,
    round: `${agent}/rounds/current?${of}&wait=60`,
    decisions: `${agent}/decisions?${of}`,
    log: `${agent}/log?${of}`,
    leaderboard: `${origin}/tournaments/${tournamentId}/leaderboard`,
    page: `${origin}/t/${tournamentId}/${agentId}`,
  };
}
