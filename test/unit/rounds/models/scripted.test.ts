/** The scripted model stays up whatever its clients do: chaos kills them in the middle of a request. */
import { connect } from "node:net";
import { expect, test } from "vitest";
import { scriptedModel, text } from "../../../support/models/scripted-model.ts";

test("a client that leaves in the middle of its request is forgotten, and the next one is answered", async () => {
  const model = await scriptedModel();
  model.script(() => text("here"));
  const socket = connect(Number(new URL(model.url).port), "127.0.0.1");
  socket.write("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{");
  await expect.poll(() => model.open()).toBe(1);
  socket.destroy();
  await expect.poll(() => model.open()).toBe(0);
  const answer = await fetch(`${model.url}/chat/completions`, { method: "POST", body: '{"messages":[]}' });
  expect(await answer.text()).toContain("here");
  expect(model.received).toHaveLength(1);
  await model.close();
});
