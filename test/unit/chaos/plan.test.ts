import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import { parseChaosArgs } from "../../chaos/chaos-args.ts";
import { deck, untilStrike } from "../../chaos/plan.ts";

const kinds = Object.fromEntries(
  Array.from({ length: 25 }, (_, i) => [
    `kind ${i}`,
    { at: (["any", "messages", "thinking"] as const)[i % 3] ?? "any", excuses: i % 4 !== 0 },
  ]),
);

function deal(seed: string, count: number): string[] {
  const cards = deck(kinds, seededRandom(seed));
  return Array.from({ length: count }, () => cards.next().value ?? "");
}

describe("the deck of faults", () => {
  test.each(["1", "2", "x"])("deals every kind once before any comes again (seed %s)", (seed) => {
    const dealt = deal(seed, 50);
    expect(new Set(dealt.slice(0, 25)).size).toBe(25);
    expect(new Set(dealt.slice(25)).size).toBe(25);
  });

  test("begins with one that strikes in the middle of a round and harms", () => {
    for (let seed = 0; seed < 100; seed++) {
      const [first = ""] = deal(String(seed), 1);
      expect(kinds[first]).toMatchObject({ excuses: true, at: expect.stringMatching(/messages|thinking/) });
    }
  });

  test("is the same for the same seed, and another for another", () => {
    expect(deal("7", 30)).toEqual(deal("7", 30));
    expect(deal("7", 30)).not.toEqual(deal("8", 30));
  });

  test("without kinds deals nothing, and with one kind deals it again and again", () => {
    expect([...deck({}, seededRandom("1"))]).toEqual([]);
    const one = deck({ only: { at: "any", excuses: false } }, seededRandom("1"));
    expect([one.next().value, one.next().value]).toEqual(["only", "only"]);
  });
});

describe("the moment of a strike", () => {
  const random = seededRandom("when");
  const moments = (at: "any" | "messages" | "thinking", interval: number) =>
    Array.from({ length: 500 }, (_, i) => {
      const sinceStart = i * 777;
      const wait = untilStrike(at, random, sinceStart, interval);
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThan(interval);
      return (sinceStart + wait) % interval;
    });

  test("lies after the due time, when messages are under way or agents think", () => {
    for (const moment of moments("messages", 15_000)) expect(moment).toSatisfy((ms: number) => ms >= 100 && ms <= 1000);
    for (const moment of moments("thinking", 15_000))
      expect(moment).toSatisfy((ms: number) => ms >= 1200 && ms <= 3700);
  });

  test("lies inside the window of a short round too", () => {
    for (const moment of moments("thinking", 5000)) expect(moment).toBeLessThan(2500);
  });

  test("is not waited for by more than 20 s where any will do", () => {
    for (let i = 0; i < 500; i++) expect(untilStrike("any", random, i * 991, 300_000)).toBeLessThan(20_000);
  });
});

describe("the command's arguments", () => {
  const parse = (...argv: string[]) => parseChaosArgs(argv, ["a", "b"], "99");

  test("have defaults, and a fresh seed", () => {
    expect(parse()).toEqual({
      kind: "run",
      options: { seed: "99", minutes: 5, intervalSeconds: 15, kinds: null, json: false, keep: false },
    });
  });

  test("are taken as given", () => {
    expect(parse("--seed", "7", "--minutes", "2.5", "--interval", "30s", "--faults", "b", "--json", "--keep")).toEqual({
      kind: "run",
      options: { seed: "7", minutes: 2.5, intervalSeconds: 30, kinds: ["b"], json: true, keep: true },
    });
    expect(parse("--faults", "none")).toMatchObject({ options: { kinds: [] } });
  });

  test.each([
    [["--minutes", "0"], /--minutes .* It must be/],
    [["--minutes", "many"], /--minutes .* It must be/],
    [["--interval", "15"], /--interval .* It must be/],
    [["--interval", "4s"], /--interval .* It must be/],
    [["--faults", "a,c"], /--faults .* There is no c. There are a, b/],
    [["--what"], /what/],
  ])("that make no sense get a sentence and exit 2: %j", (argv, sentence) => {
    expect(parse(...argv)).toEqual({ kind: "stop", code: 2, text: expect.stringMatching(sentence) });
  });

  test("--help is no error", () => {
    expect(parse("--help")).toMatchObject({ code: 0 });
  });
});
