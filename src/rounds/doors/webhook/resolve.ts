/** Looks up the addresses of a name, by DNS over HTTPS: the platform has no other look-up, and tells no addresses. */
import { z } from "zod";

/** All addresses of a name, of both versions. Empty: there is no such name. Throws where the look-up fails. */
export type Resolve = (name: string) => Promise<readonly string[]>;

const RESOLVER = "https://cloudflare-dns.com/dns-query";
const PATIENCE_MS = 5_000;
const TYPES = { A: 1, AAAA: 28 } as const;
const NO_ERROR = 0;
const NO_SUCH_NAME = 3;

const answer = z.object({
  Status: z.number(),
  Answer: z.array(z.object({ type: z.number(), data: z.string() })).default([]),
});

export function dnsOverHttps(send: (url: string, init: RequestInit) => Promise<Response>): Resolve {
  const lookUp = async (name: string, type: keyof typeof TYPES) => {
    const url = `${RESOLVER}?${new URLSearchParams({ name, type })}`;
    const response = await send(url, {
      headers: { accept: "application/dns-json" },
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (response.status !== 200) throw new Error(`the look-up of a name answered ${response.status}`);
    const { Status, Answer } = answer.parse(await response.json());
    if (Status === NO_SUCH_NAME) return [];
    if (Status !== NO_ERROR) throw new Error(`the look-up of a name failed with the DNS code ${Status}`);
    return Answer.filter((record) => record.type === TYPES[type]).map(({ data }) => data);
  };
  return async (name) => (await Promise.all([lookUp(name, "A"), lookUp(name, "AAAA")])).flat();
}
