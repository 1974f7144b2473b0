/** What the routes receive for browsers: pages, sessions, the live feed. */
export interface WebDeps {
  /** The isolate's clock, epoch milliseconds: it ends sessions, and decides nothing else. */
  readonly now: () => number;
  /** A file of the built web app, by its path in dist/dashboard; 404 where there is none. */
  readonly file: (path: string) => Promise<Response>;
  /** False when whoever asks has tried too many keys of late. */
  readonly mayTryKey: (who: string) => Promise<boolean>;
  /** Hands a WebSocket's upgrade to the tournament's Arena, which accepts it. */
  readonly watch: (tournamentId: string, resume: string | null) => Promise<Response>;
}
