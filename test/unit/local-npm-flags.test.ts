import { expect, test } from "vitest";
// @ts-expect-error plain JavaScript: it runs before TypeScript can
import { argumentsOf } from "../../src/local/npm-flags.mjs";

const npm = (flags: Record<string, string>) =>
  Object.fromEntries(Object.entries(flags).map(([name, value]) => [`npm_config_${name}`, value]));

test("flags behind -- pass as they are", () => {
  expect(argumentsOf(["--port", "9000", "--json"], {}, "start")).toEqual({ args: ["--port", "9000", "--json"] });
});

test("flags that npm took for itself come back, from old npm and new", () => {
  expect(argumentsOf([], npm({ port: "9000", json: "true" }), "start")).toEqual({ args: ["--port=9000", "--json"] });
  expect(argumentsOf(["9000"], npm({ port: "true", reset: "true" }), "start")).toEqual({
    args: ["--port=9000", "--reset"],
  });
});

test("several values find their flags by their shape, whatever their order", () => {
  const { args } = argumentsOf(["9000", "./x", "5s"], npm({ port: "true", data: "true", interval: "true" }), "start");
  expect(args.toSorted()).toEqual(["--data=./x", "--interval=5s", "--port=9000"]);
});

test("values that could be swapped are not guessed: the right command is said", () => {
  const { problem } = argumentsOf(["./a", "./b"], npm({ data: "true", candles: "true" }), "run tournament");
  expect(problem).toContain("npm run tournament -- --data VALUE --candles VALUE");
  expect(argumentsOf([], npm({ port: "true" }), "start").problem).toContain("npm start -- --port VALUE");
});
