import { expect, test } from "vitest";
import { tasksPage } from "../../../src/cli/docs/tasks-page.ts";
import { findTask, parseTaskArgs } from "../../../src/engine/find-task.ts";
import { taskBody } from "../../../src/http/tasks/routes.ts";
import { taskRegistry } from "../../../src/tasks/registry.ts";
import { read } from "../../support/project-files.ts";

const page = read("docs/tasks.md");

test("docs/tasks.md is what npm run docs makes of the registry", () => {
  expect(page, "run `npm run docs` and commit it").toBe(tasksPage(read("test/workers/greet.ts")));
});

test("every task has a section that names each of its arguments", () => {
  for (const name of Object.keys(taskRegistry)) {
    const section = page.split(`\n## ${name}\n`)[1]?.split("\n## ")[0] ?? "";
    for (const field of Object.keys(findTask(taskRegistry, name)?.args.shape ?? {}))
      expect(section).toContain(`| \`${field}\` |`);
    expect(section).toContain("- **Result**: `");
  }
});

test("every example of a call is one that POST /tasks takes", () => {
  const examples = [...page.matchAll(/```json\n(.+)\n```/g)].map(([, text = ""]) => taskBody.parse(JSON.parse(text)));
  expect(examples.map(({ name }) => name)).toEqual(Object.keys(taskRegistry));
  for (const { name, args } of examples) {
    const task = findTask(taskRegistry, name);
    if (!task) throw new Error(`there is no ${name}`);
    expect(() => parseTaskArgs(task, args)).not.toThrow();
  }
});
