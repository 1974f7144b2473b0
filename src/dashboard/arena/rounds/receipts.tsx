/** What venues sent for a round that could not use it: the evidence of a skipped round, or of another venue's prices. */
import type { RoundDetail } from "../../api/answers.ts";
import { JsonView } from "../../parts/json-view.tsx";
import { ClockTime } from "../../parts/text/time.tsx";

export function Receipts({ of }: { readonly of: RoundDetail["receipts"] }) {
  if (of.length === 0) return null;
  return (
    <section className="stack tight">
      <h3 className="minor">What venues sent that was not used</h3>
      {of.map(({ phase, venue, sentence, received, received_at }) => (
        <div key={`${phase} ${venue}`} className="stack tight">
          <p>
            {venue}, for the {phase}, <ClockTime at={received_at} />: {sentence}
          </p>
          <JsonView value={received} />
        </div>
      ))}
    </section>
  );
}
