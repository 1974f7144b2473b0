/** The same HTTP load for ours and the peer's: so many connections, one request after another on each, from a thread of its own. */
import autocannon from "autocannon";

export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Throws when an answer is not 200. */
export async function load(
  url: string,
  paths: readonly string[],
  options: { readonly connections: number; readonly amount: number },
): Promise<Load> {
  const result = await autocannon({
    url,
    ...options,
    workers: 1,
    requests: paths.map((path) => ({ method: "GET", path })),
  });
  const bad = result.non2xx + result.errors + result.timeouts;
  if (bad > 0) throw new Error(`${bad} of ${options.amount} answers of ${url} were bad`);
  return { perSecond: result["2xx"] / result.duration, p50Ms: result.latency.p50, p99Ms: result.latency.p99 };
}
