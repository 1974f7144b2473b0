/** Below a finished tournament's title: its hash, the ledger's verdict, and how to check both without trusting this server. */
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import type { Tournament } from "../../api/answers.ts";
import { tournamentQuery } from "../../live/tournament-queries.ts";

import { CopyId } from "../../parts/copy/copy-id.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SkeletonRows } from "../../parts/states.tsx";
import { Count } from "../../parts/text/numbers.tsx";
import { DateTime } from "../../parts/text/time.tsx";

const HowToCheck = lazy(() => import("./how-to-check.tsx"));

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
        <Suspense fallback={<SkeletonRows />}>
          <HowToCheck id={id} hash={result?.hash ?? null} />
        </Suspense>
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
