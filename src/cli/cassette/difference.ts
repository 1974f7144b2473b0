/** Where a request first differs from what a cassette has. Pure. */
import { z } from "zod";
import type { Cassette, CassetteStep } from "./file.ts";

const BETWEEN = "\n\n";
const SHOWN = 60;

const body = z.looseObject({ messages: z.array(z.looseObject({ role: z.string() })) });

/** A request as places that can be compared one after the other. */
interface Place {
  readonly name: string;
  readonly text: string;
}

/** A sentence that names the recorded step which is most alike, and the first place in which the request differs from it. */
export function firstDifference(cassette: Cassette, agent: string, request: string): string {
  const own = cassette.steps.filter((step) => step.agent === agent);
  if (own.length === 0) return `The cassette has no step of ${agent}.`;
  const asked = placesOf(request);
  const nearest = own
    .map((step) => ({ step, ...compared(placesOfStep(step, cassette), asked) }))
    .reduce((best, next) => (next.same > best.same ? next : best));
  const { step, place, at, recorded, now } = nearest;
  const where = `${agent} asked what the cassette does not know. Nearest is step ${step.step + 1} of round ${step.round}`;
  return `${where}, which differs in ${place} from character ${at + 1} on: recorded ${shown(recorded, at)}, asked ${shown(now, at)}.`;
}

function placesOf(request: string): Place[] {
  const { messages, ...head } = body.parse(JSON.parse(request));
  return [
    { name: "its settings", text: JSON.stringify(head) },
    ...messages.map(({ role, ...message }, n) => ({ name: nameOf(n, role), text: textOf(message) })),
  ];
}

function placesOfStep({ request }: CassetteStep, { texts }: Cassette): Place[] {
  const text = (hash: string) => texts.get(hash) ?? "";
  return [
    { name: "its settings", text: text(request.head) },
    ...request.messages.map(({ role, parts }, n) => ({
      name: nameOf(n, role),
      text: parts
        .map(({ name, hash }) => (name === "message" ? textOf(JSON.parse(text(hash))) : text(hash)))
        .join(BETWEEN),
    })),
  ];
}

const nameOf = (n: number, role: string) => `message ${n + 1} (${role})`;

/** A message whose only member is a text is that text. */
function textOf(message: Readonly<Record<string, unknown>>): string {
  const { content, ...others } = message;
  return typeof content === "string" && Object.keys(others).length === 0 ? content : JSON.stringify(message);
}

interface Compared {
  /** How many characters are the same. */
  readonly same: number;
  readonly place: string;
  readonly at: number;
  readonly recorded: string;
  readonly now: string;
}

function compared(recorded: readonly Place[], asked: readonly Place[]): Compared {
  let same = 0;
  for (let n = 0; n < Math.max(recorded.length, asked.length); n++) {
    const [before, now] = [recorded[n]?.text ?? "", asked[n]?.text ?? ""];
    const at = commonLength(before, now);
    same += at;
    if (at < before.length || at < now.length) {
      return { same, place: (asked[n] ?? recorded[n])?.name ?? "", at, recorded: before, now };
    }
  }
  return { same, place: "the order of its members", at: 0, recorded: "", now: "" };
}

function commonLength(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at += 1;
  return at;
}

function shown(text: string, at: number): string {
  const part = text.slice(at, at + SHOWN);
  return part === "" ? "nothing" : JSON.stringify(at + SHOWN < text.length ? `${part}…` : part);
}
