import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { call, eventually, finished, liveRound } from "./arrange.ts";

afterEach(() => vi.restoreAllMocks());

test("one request is followed from the API to its task, the object and the decision, by its correlation id alone", async () => {
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line) => void lines.push(String(line)));
  const { agentId, entryId } = await liveRound();
  const { body } = await call("POST", `/agents/${agentId}/run`);
  await finished(body.task_id);
  const begun = lines.find((line) => line.includes('"enqueued"') && line.includes(body.task_id));
  const id = JSON.parse(begun ?? "{}").correlation_id;
  const ours = () => lines.filter((line) => line.includes(id)).map((line) => JSON.parse(line));
  await eventually("its tournament was woken", async () => ours().some(({ event }) => event === "woken"));
  const events = ours();
  expect(events.map(({ event }) => event)).toEqual(
    expect.arrayContaining(["enqueued", "request", "object", "decide", "task", "woken"]),
  );
  expect(events.find(({ event }) => event === "object")).toMatchObject({ entry_id: entryId, did: "decide" });
  expect(events.find(({ event }) => event === "task")).toMatchObject({ task_id: body.task_id });
  const all = lines.join("\n");
  for (const secret of [env.DATABASE_URL, env.OPERATOR_KEY]) expect(all).not.toContain(secret);
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({ at: expect.any(String), event: expect.any(String) });
});
