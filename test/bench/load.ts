/** The HTTP load for ours and the peer's: some connections with one request after another on each, from a thread of its own. */
import autocannon from "autocannon";

export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Runs for a time, because autocannon checks an amount only once a second. Throws on an answer other than 200. */
export async function load(
  url: string,
  paths: readonly string[],
  options: { readonly connections: number; readonly seconds: number; readonly key?: string },
): Promise<Load> {
  const { connections, seconds, key } = options;
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    workers: 1,
    ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
    requests: paths.map((path) => ({ method: "GET", path })),
  });
  const bad = result.non2xx + result.errors + result.timeouts;
  if (bad > 0) throw new Error(`${bad} of ${result.requests.total} answers of ${url} were bad`);
  return { perSecond: result["2xx"] / result.duration, p50Ms: result.latency.p50, p99Ms: result.latency.p99 };
}
