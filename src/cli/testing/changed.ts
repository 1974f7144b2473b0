/** `npm test -- --changed`: which stages and test files a change can break, and why the others are left out. */
import { git, ProjectGraph, projectFiles } from "./import-graph.ts";
import type { Stage } from "./stages.ts";

/** Everything depends on these. */
const EVERYWHERE = /^(package(-lock)?\.json|\.nvmrc|tsconfig\.json|src\/local\/(run|setup)\.mjs|migrations\/)/;

export interface StagePlan {
  readonly stage: Stage;
  /** Test files to run; null: the whole stage. Empty: the stage is left out. */
  readonly files: readonly string[] | null;
  /** Why it runs as it does. One line. */
  readonly why: string;
}

/** Files that differ from a commit: changed, deleted, and new ones that git doesn't ignore. Null: git knows no such commit. */
export function changedSince(ref: string): string[] | null {
  try {
    git("rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`);
  } catch {
    return null;
  }
  const lines = (text: string) => text.split("\n").filter((line) => line !== "");
  return [
    ...new Set([
      ...lines(git("diff", "--name-only", "--no-renames", "--end-of-options", ref, "--")),
      ...lines(git("ls-files", "--others", "--exclude-standard")),
    ]),
  ].toSorted();
}

/** `graph` must know the changed files, also those that are gone. */
export function planChanged(
  stages: readonly Stage[],
  changed: readonly string[],
  graph = new ProjectGraph(projectFiles(), changed),
): StagePlan[] {
  const everywhere = changed.find((file) => EVERYWHERE.test(file));
  return stages.map((stage) => {
    if (changed.length === 0) return { stage, files: [], why: "nothing has changed" };
    if (everywhere) return { stage, files: null, why: `${everywhere} has changed, and everything depends on it` };
    return stage.vitest === null ? planOfLook(stage, changed) : planOfTests(stage, stage.vitest, changed, graph);
  });
}

function planOfLook(stage: Stage, changed: readonly string[]): StagePlan {
  const first = changed.find((file) => stage.looksAt.test(file));
  return first === undefined
    ? { stage, files: [], why: "it looks at none of the changed files" }
    : { stage, files: null, why: `it looks at ${first}` };
}

function planOfTests(
  stage: Stage,
  { config, tests, starts }: NonNullable<Stage["vitest"]>,
  changed: readonly string[],
  graph: ProjectGraph,
): StagePlan {
  const all = graph.files.filter((file) => file.startsWith(tests) && file.endsWith(".test.ts"));
  const shared = graph.closure([config, ...starts]);
  const cause = changed.find((file) => shared.has(file));
  if (cause !== undefined) return { stage, files: null, why: `all its tests depend on ${cause}` };
  const broken = all.filter((file) => {
    const needs = graph.closure([file]);
    return changed.some((one) => needs.has(one));
  });
  if (broken.length === 0)
    return { stage, files: [], why: "none of its tests imports, reads or starts what has changed" };
  if (broken.length === all.length) return { stage, files: null, why: "all its tests depend on what has changed" };
  const left = all.length - broken.length;
  return {
    stage,
    files: broken,
    why: `${broken.length} of ${all.length} files; the other ${left} need nothing of what has changed`,
  };
}
