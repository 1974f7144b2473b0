/** What the routes receive for browsers: files and the live feed. */
export interface WebDeps {
  /**
   * A file of the built web app, by its path in dist/dashboard. 404 for an unknown path, 304 when `etag` is current.
   */
  readonly file: (path: string, etag?: string) => Promise<Response>;
  /**
   * Hands a WebSocket's upgrade to the tournament's Arena, which accepts it or answers 429. An unknown id would create
   * an object, so callers check the tournament first.
   */
  readonly watch: (
    tournamentId: string,
    who: {
      readonly resume: string | null;
      /** Null: the limit by address doesn't count this socket. */
      readonly address: string | null;
    },
  ) => Promise<Response>;
}
