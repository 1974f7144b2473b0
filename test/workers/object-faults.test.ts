/** The platform's marks on errors of calls into objects, each produced in workerd, and how objectFault reads them. */
import { env } from "cloudflare:workers";
import { afterEach, expect, inject, test, vi } from "vitest";
import { TradingAgent } from "../../durable-objects/trading-agent.ts";
import { mayAskAgain, objectFault } from "../../src/core/tasks/object-fault.ts";
import { isOutOfReach } from "../../src/db/errors.ts";
import { makePorts } from "../../src/ports.ts";
import { askAgent } from "../../src/rounds/ask-agent.ts";
import type { DecisionReply, DecisionRequest } from "../../src/rounds/ports.ts";

afterEach(() => vi.restoreAllMocks());

const MARKS = ["remote", "retryable", "overloaded", "durableObjectReset"] as const;
const marksOf = (error: unknown) =>
  MARKS.filter((mark) => typeof error === "object" && error !== null && Reflect.get(error, mark) === true);
const thrown = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable("nothing was thrown"),
    (error: unknown) => error,
  );
/** An address where nothing listens. */
const NOWHERE = "http://127.0.0.1:9/";
const never = () => new Promise<never>(() => {});

type Decide = (this: { ctx: DurableObjectState }) => Promise<unknown>;
const request = (fields: object = {}) =>
  ({ entryId: crypto.randomUUID(), roundId: crypto.randomUUID(), ...fields }) as unknown as DecisionRequest;

const inside: [string, Decide, string[], string][] = [
  [
    "its own code throws",
    async () => {
      throw new TypeError("a bug");
    },
    ["remote"],
    "bug",
  ],
  [
    "it throws what is no Error",
    async () => {
      throw { a: "thing" };
    },
    ["remote"],
    "bug",
  ],
  ["a fetch fails in it, uncaught", async () => fetch(NOWHERE), ["remote", "retryable"], "bug"],
  ["a name is unknown to it", async () => fetch("http://no.such.name.invalid/"), ["remote"], "bug"],
  [
    "it is hung up on by its own abort",
    async () => fetch(inject("silentUrl"), { signal: AbortSignal.timeout(50) }),
    ["remote"],
    "bug",
  ],
  ["its answer can't be cloned", async () => Symbol("answer"), ["remote"], "bug"],
  [
    "another object that it calls is reset",
    async () => {
      vi.spyOn(TradingAgent.prototype, "rest").mockImplementation(async function (this: object) {
        (this as { ctx: DurableObjectState }).ctx.abort("the other one");
        return never();
      });
      await env.TRADING_AGENT.getByName(crypto.randomUUID()).rest();
    },
    ["remote", "durableObjectReset"],
    "bug",
  ],
  [
    "an error that it throws was marked by others",
    async () => {
      throw Object.assign(new Error("forged"), { retryable: true, overloaded: true, durableObjectReset: true });
    },
    ["remote", "retryable", "overloaded", "durableObjectReset"],
    "bug",
  ],
  [
    "it is reset",
    async function () {
      this.ctx.abort("new code");
      return never();
    },
    ["durableObjectReset"],
    "reset",
  ],
  [
    "its beginning fails, which resets it",
    async function () {
      return this.ctx.blockConcurrencyWhile(async () => {
        throw new Error("no beginning");
      });
    },
    ["durableObjectReset"],
    "reset",
  ],
];

test.each(inside)(
  "%s: marked and judged as what it is, and asked again only where that may help",
  async (_, how, marks, fault) => {
    const decide = vi.spyOn(TradingAgent.prototype, "decide").mockImplementation(how as never);
    const stub: { decide(request: DecisionRequest): Promise<DecisionReply> } = env.TRADING_AGENT.getByName(
      crypto.randomUUID(),
    );
    const error = await thrown(stub.decide(request()));
    expect(marksOf(error)).toEqual(marks);
    expect(objectFault(error)).toBe(fault);
    decide.mockClear();
    const asked = await thrown(askAgent(makePorts(env, null), request()));
    expect(decide).toHaveBeenCalledTimes(mayAskAgain(objectFault(error)) ? 2 : 1);
    // A fault of the platform spends no attempt; a fault of the code does.
    expect(isOutOfReach(asked)).toBe(fault === "reset");
  },
);

test("an object that was reset once answers the second question", async () => {
  const decide = vi.spyOn(TradingAgent.prototype, "decide").mockImplementationOnce(async function (this: object) {
    (this as { ctx: DurableObjectState }).ctx.abort("new code");
    return never();
  });
  const view = { round: 0, symbols: [], prices: {}, indicators: {}, account: { cash: "1", positions: {} } };
  const asked = request({ strategy: "cash", version: 0, recoveries: 0, recoverFromCrash: true, view });
  expect(await askAgent(makePorts(env, null), asked)).toMatchObject({ kind: "choice" });
  expect(decide).toHaveBeenCalledTimes(2);
});

test("an argument that can't be cloned is the caller's own fault, and is not retried for ever", async () => {
  const asked = request({ view: Symbol("view") });
  const error = await thrown(askAgent(makePorts(env, null), asked));
  expect(marksOf(error)).toEqual([]);
  expect({ fault: objectFault(error), outOfReach: isOutOfReach(error) }).toEqual({ fault: "bug", outOfReach: false });
});

test.each<[string, (controller: AbortController) => void, boolean]>([
  ["an abort without a reason", (controller) => controller.abort(), true],
  ["an abort with a reason", (controller) => controller.abort(new Error("enough")), false],
  ["a timeout", (controller) => controller.abort(new DOMException("too late", "TimeoutError")), false],
])("%s is our own, whatever its marks", async (_, abort, isRetryable) => {
  const controller = new AbortController();
  const call = thrown(fetch(inject("silentUrl"), { signal: controller.signal }));
  setTimeout(() => abort(controller), 50);
  const error = await call;
  expect(marksOf(error).includes("retryable")).toBe(isRetryable);
  expect(objectFault(error, controller.signal)).toBe("aborted");
});

test("a timeout by the platform's own signal is marked like a lost connection, and is our own", async () => {
  const signal = AbortSignal.timeout(50);
  const error = await thrown(fetch(inject("silentUrl"), { signal }));
  expect(marksOf(error)).toContain("retryable");
  expect(objectFault(error, signal)).toBe("aborted");
  expect(objectFault(error)).not.toBe("aborted");
});
