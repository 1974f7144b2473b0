/**
 * Parses a text of the feed. The text comes from our own server and has the server's type. Only what two versions of the
 * server could differ in is checked: an unknown frame is null, and an unknown event is left out. zod is not used here: it
 * would be a fifth of all that the arena loads. A test checks the server's frames against the schema.
 */
import type { FeedEvent, FeedFrame } from "../../api/feed.ts";

const known: Readonly<Record<FeedEvent["type"], true>> = {
  tournament: true,
  round: true,
  progress: true,
  decisions: true,
  fills: true,
  equity: true,
  leaderboard: true,
  prices: true,
};

export function parseFrame(text: string): FeedFrame | null {
  const frame: FeedFrame | null = read(text);
  if (frame === null || typeof frame !== "object") return null;
  if (frame.type === "reset") return frame;
  if (frame.type !== "welcome" && frame.type !== "step") return null;
  if (!Number.isInteger(frame.seq) || typeof frame.token !== "string" || !Array.isArray(frame.events)) return null;
  return { ...frame, events: frame.events.filter(({ type }) => Object.hasOwn(known, type)) };
}

function read(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
