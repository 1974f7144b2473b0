/** Below a finished tournament's title: its hash, the ledger's verdict, and how to check both without trusting this server. */
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX, Download } from "lucide-react";
import { useState } from "react";
import type { Tournament } from "../../api/answers.ts";
import { sentenceOf } from "../../api/problem.ts";
import { tournamentQuery } from "../../live/tournament-queries.ts";
import { Button } from "../../parts/button.tsx";
import { CopyId } from "../../parts/copy/copy-id.tsx";
import { CopyLine } from "../../parts/copy/copy-line.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Count } from "../../parts/text/numbers.tsx";
import { DateTime } from "../../parts/text/time.tsx";
import { hashOfText, resultPath } from "./recompute.ts";

/** The check runs within a minute after the end. */
const ASK_AGAIN_MS = 10_000;

export function ResultLine({ tournament }: { readonly tournament: Tournament }) {
  const { id, result, current_round } = tournament;
  const [asks, setAsks] = useState(false);
  useQuery({ ...tournamentQuery(id), refetchInterval: result === null ? ASK_AGAIN_MS : false });
  if (current_round === null) return null;
  return (
    <div className="result-line">
      {result === null ? (
        <span className="soft">
          The result has not been checked yet. The check begins within a minute after the end.
        </span>
      ) : (
        <>
          {result.hash === null ? null : (
            <span>
              Result hash <CopyId id={result.hash} what="the result's hash" shown={12} />
            </span>
          )}
          <Verdict result={result} />
        </>
      )}
      <button type="button" className="text-button link" onClick={() => setAsks(true)}>
        How to check it yourself
      </button>
      <Dialog open={asks} onClose={() => setAsks(false)} title="Check the result yourself" wide>
        <HowTo id={id} hash={result?.hash ?? null} />
      </Dialog>
    </div>
  );
}

function Verdict({ result }: { readonly result: NonNullable<Tournament["result"]> }) {
  if (result.verdict === "too_large") {
    return <span className="soft">Too large for this server to check. Your own check is not limited.</span>;
  }
  const exact = result.verdict === "exact";
  return (
    <span className={exact ? "good row" : "bad row"}>
      {exact ? <CircleCheck size={14} aria-hidden /> : <CircleX size={14} aria-hidden />}
      <span>
        {exact ? (
          <>
            ledger exact, <Count value={result.checked} /> values
          </>
        ) : (
          <>
            ledger wrong: <Count value={result.failures} /> of <Count value={result.checked} /> values
          </>
        )}
        {result.checked_at === null ? null : (
          <span className="soft">
            , checked <DateTime at={result.checked_at} />
          </span>
        )}
      </span>
    </span>
  );
}

function HowTo({ id, hash }: { readonly id: string; readonly hash: string | null }) {
  const path = resultPath(id);
  return (
    <div className="stack">
      <section className="stack tight">
        <h3>The hash</h3>
        <p className="prose soft">
          It covers every decision, order, trade and equity of the tournament, each as one line of text. The same
          candles, seed and agents give the same hash on any machine.
        </p>
        <CopyLine text={`curl -s ${location.origin}${path} | sha256sum`} />
        <div className="row wrap">
          <Recompute path={path} hash={hash} />
          <a className="btn line" href={path} download={`${id}.jsonl`}>
            <Download aria-hidden /> Download the lines
          </a>
        </div>
      </section>
      <section className="stack tight">
        <h3>The ledger</h3>
        <p className="prose soft">
          A reader of its own: from orders, quotes and rules alone it works out every fill, fee, position, equity and
          rank again, and compares them with what is stored. It needs the database of this tournament.
        </p>
        <CopyLine text={`npm run ledger -- --tournament ${id}`} />
      </section>
    </div>
  );
}

type Computed =
  | { readonly kind: "busy" }
  | { readonly kind: "done"; readonly hash: string; readonly lines: number }
  | { readonly kind: "failed"; readonly why: string };

/** Reads the lines and hashes them in this browser. */
function Recompute({ path, hash }: { readonly path: string; readonly hash: string | null }) {
  const [found, setFound] = useState<Computed | null>(null);
  const run = async () => {
    setFound({ kind: "busy" });
    try {
      const answer = await fetch(path);
      if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
      const text = await answer.text();
      setFound({ kind: "done", hash: await hashOfText(text), lines: text.split("\n").length });
    } catch (error) {
      setFound({ kind: "failed", why: sentenceOf(error) });
    }
  };
  return (
    <>
      <Button busy={found?.kind === "busy"} onClick={() => void run()}>
        Recompute the hash in this browser
      </Button>
      <span role="status">
        {found === null || found.kind === "busy" ? null : found.kind === "failed" ? (
          <span className="bad">{found.why}</span>
        ) : (
          <span className={hash === null ? "" : found.hash === hash ? "good" : "bad"}>
            {hash === null ? "It is" : found.hash === hash ? "The same:" : "Another one:"}{" "}
            <span className="num said">{found.hash}</span> from <Count value={found.lines} /> lines
          </span>
        )}
      </span>
    </>
  );
}
