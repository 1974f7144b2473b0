/** The client's address, for limits that count by address. */
import type { HttpContext } from "../context.ts";

/**
 * Null outside production, where a caller could write any address into the header. In production the platform's edge
 * sets the header and overwrites what the client sent.
 */
export function addressOf(c: HttpContext): string | null {
  if (c.get("deps").environment !== "production") return null;
  const given = c.req.header("cf-connecting-ip");
  return given === undefined ? null : network(given.slice(0, 64).toLowerCase());
}

/** An IPv6 client usually controls a whole /64 network, so all addresses of one /64 count as one. */
function network(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill("0"), ...right].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0{1,3}(?=.)/, "")).join(":")}::/64`;
}
