/** How to check a result without trusting this server: its hash, and the ledger. */
import { Download } from "lucide-react";
import { useState } from "react";
import { sentenceOf } from "../../api/problem.ts";
import { Button } from "../../parts/button.tsx";
import { CopyLine } from "../../parts/copy/copy-line.tsx";
import { Count } from "../../parts/text/numbers.tsx";
import { hashOfText, resultPath } from "./recompute.ts";

export default function HowToCheck({ id, hash }: { readonly id: string; readonly hash: string | null }) {
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
          rank again, and compares them with what is stored. It needs the database of this tournament: for a stack that
          was started with <code>--data DIR</code>, add the same here.
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
