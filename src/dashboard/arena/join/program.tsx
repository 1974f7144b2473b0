/** Code that plays, with the agent's key filled in: the files of docs/examples as they stand. */
import { Check, Copy } from "lucide-react";
import { Button } from "../../parts/button.tsx";
import { CopyLine } from "../../parts/copy/copy-line.tsx";
import { useCopy } from "../../parts/copy/use-copy.ts";
import type { Joined } from "./ask.ts";

const files = import.meta.glob<string>(
  ["../../../../docs/examples/bot.ts", "../../../../docs/examples/bot.py", "../../../../docs/examples/mcp.json"],
  { query: "?raw", import: "default", eager: true },
);
const example = (name: string) => files[`../../../../docs/examples/${name}`] ?? "";

export type Language = "curl" | "ts" | "py" | "mcp";

export function Program({ of, joined }: { readonly of: Language; readonly joined: Joined }) {
  const { file, text, run } = programOf(of, joined);
  const [copied, copy] = useCopy(text);
  return (
    <div className="stack tight program">
      <div className="row wrap">
        <span className="soft">{file}</span>
        <Button tiny onClick={copy}>
          {copied ? <Check aria-hidden /> : <Copy aria-hidden />} {copied ? "Copied" : "Copy all"}
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <section tabIndex={0} aria-label={file}>
        <pre>{text}</pre>
      </section>
      {run === null ? null : <CopyLine text={run} />}
      {of === "curl" ? null : (
        <>
          <p className="soft small">{HALTS} Before a program starts after that:</p>
          <CopyLine text={resumeCall(joined)} />
        </>
      )}
    </div>
  );
}

const HALTS = "Five rounds that pass unanswered halt the agent.";

function resumeCall({ agent_id, tournament_id, key }: Joined): string {
  const path = `/agents/${agent_id}/resume?tournament_id=${tournament_id}`;
  return `curl -X POST -H "Authorization: Bearer ${key}" "${location.origin}${path}"`;
}

function programOf(of: Language, { agent_id, tournament_id, key }: Joined) {
  const url = location.origin;
  const env = `AGONUS_URL=${url} AGONUS_KEY=${key}`;
  if (of === "ts")
    return { file: "bot.ts, for Node 22.18 or newer", text: example("bot.ts"), run: `${env} node bot.ts` };
  if (of === "py") return { file: "bot.py", text: example("bot.py"), run: `${env} python3 bot.py` };
  if (of === "mcp") {
    const env: Readonly<Record<string, string>> = { AGONUS_URL: url, AGONUS_KEY: key };
    const text = example("mcp.json").replace(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? "");
    return { file: "The client's configuration: each client has its own place for it", text, run: null };
  }
  const text = [
    `KEY=${key}`,
    `AGENT=${url}/agents/${agent_id}`,
    `TOURNAMENT=${tournament_id}`,
    "",
    `# 0. ${HALTS} This lets it go on.`,
    'curl -s -o /dev/null -X POST -H "Authorization: Bearer $KEY" \\',
    '  "$AGENT/resume?tournament_id=$TOURNAMENT"',
    "",
    "# 1. The open round. It waits up to a minute for one.",
    'ROUND=$(curl -s -H "Authorization: Bearer $KEY" \\',
    '  "$AGENT/rounds/current?tournament_id=$TOURNAMENT&wait=60" \\',
    "  | grep -o '\"number\":[0-9]*' | cut -d: -f2)",
    "",
    "# 2. The decision, with the round's number. An empty list holds.",
    'curl -H "Authorization: Bearer $KEY" \\',
    '  "$AGENT/decisions?tournament_id=$TOURNAMENT" \\',
    `  -d '{"round": '$ROUND', "orders": [], "reasoning": "My first decision."}'`,
    "",
  ].join("\n");
  return { file: "Two calls a round, and one before the first", text, run: null };
}
