/** The stages of `npm test`: what each runs, and what it reads beside the files that its tests import. */

interface Program {
  /** A path in node_modules: either a program, or a script that Node runs. */
  readonly run: { readonly program: string } | { readonly script: string };
  readonly args: readonly string[];
}

export interface Stage {
  readonly name: string;
  readonly what: string;
  /** All programs run, even after one has failed. The stage fails when any of them fails. */
  readonly programs: readonly Program[];
  /** Null: it has no test files, and counts as one test. */
  readonly vitest: VitestStage | null;
  /** For a stage without test files: which files it looks at. */
  readonly looksAt: RegExp;
  /** Whether it needs the built pages in dist/dashboard. */
  readonly needsPages: boolean;
}

/** Stages begin in this order, the longest first, so that no core idles at the end. In the order of a quiet machine. */
export const LONGEST_FIRST = ["browser", "e2e", "unit", "workers", "sim", "types", "wiring", "lint"];

/**
 * Each stage waits at times: for rounds, for clocks, for its longest file. So three share two cores. Beside the live pages there
 * is one alone: with two, rounds came too late, and pages shifted.
 */
export const PARTS_OF_A_CORE = 3;
export const partsOf = ({ name }: Pick<Stage, "name">): number => (name === "browser" ? 4 : 2);

interface VitestStage {
  /** From the project's root. What it names is read by every test of the stage. */
  readonly config: string;
  /** The folder of its test files. */
  readonly tests: string;
  /** Files and folders that its tests start as programs, so that no import tells. */
  readonly starts: readonly string[];
}

/** Reports each test to the runner: see report.ts. */
const REPORTER = "./src/cli/testing/reporter.ts";

const vitest = (name: string, what: string, starts: readonly string[] = []): Stage => ({
  name,
  what,
  programs: [
    {
      run: { script: "vitest/vitest.mjs" },
      args: ["run", "--config", `vitest.${name}.config.ts`, "--reporter=default", `--reporter=${REPORTER}`],
    },
  ],
  vitest: { config: `vitest.${name}.config.ts`, tests: `test/${name}/`, starts },
  looksAt: /^/,
  needsPages: ["wiring", "e2e", "browser"].includes(name),
});

const STACK = ["src/cli/start.ts", "src/index.ts", "src/local", "wrangler.toml"];

/** In the order of the report. */
export const stages: readonly Stage[] = [
  {
    name: "lint",
    what: "format and lint, Markdown, and what nobody uses: exports, files, packages",
    programs: [
      { run: { program: ".bin/biome" }, args: ["check", "--error-on-warnings", "."] },
      { run: { script: "markdownlint-cli2/markdownlint-cli2-bin.mjs" }, args: [] },
      { run: { script: "knip/bin/knip.js" }, args: ["--no-progress"] },
    ],
    vitest: null,
    looksAt: /^/,
    needsPages: false,
  },
  {
    name: "types",
    what: "TypeScript: the Worker, the pages",
    programs: [
      { run: { program: ".bin/tsc" }, args: ["--noEmit"] },
      { run: { program: ".bin/tsc" }, args: ["--noEmit", "-p", "src/dashboard"] },
    ],
    vitest: null,
    looksAt: /\.(ts|tsx|mts|mjs|json)$/,
    needsPages: false,
  },
  vitest("wiring", "layout, wrangler.toml, schema and codes against each other", ["src/index.ts"]),
  vitest("unit", "pure code, and statements on a real PostgreSQL"),
  vitest("sim", "simulated histories with faults", ["test/sim/run.ts", "src/index.ts"]),
  vitest("workers", "the Worker in workerd, on a real PostgreSQL", ["src/index.ts"]),
  vitest("e2e", "the commands and the whole local stack", ["src/cli", ...STACK]),
  vitest("browser", "the pages in Chromium, on a running stack", ["src/dashboard", ...STACK]),
];
