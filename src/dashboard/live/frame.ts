/**
 * A text of the feed as a frame. Like the API's answers it comes from our own server, so its type is the server's; what is looked at
 * here is what two versions of it could differ in: an unknown frame is null, an unknown event is left out. (zod would be a fifth of all
 * that the arena loads; a test holds the server's frames against its schema.)
 */
import type { FeedEvent, FeedFrame } from "../../core/feed.ts";

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
