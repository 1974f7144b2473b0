/** The first card of the overview: what an operator should look at now, the worst first, each with the way to its cure. */
import { Link } from "wouter";
import type { AttentionItem } from "../../api/answers.ts";
import { Card } from "../../parts/card.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { RelativeTime } from "../../parts/text/time.tsx";
import { useAttention } from "../polled.ts";
import { attentionWords } from "./attention-words.ts";

export function Attention() {
  const attention = useAttention();
  return (
    <Card title="Needs attention" flush>
      <Loaded from={attention} what="What needs attention did not load." bones={2}>
        {({ items, minutes }) =>
          items.length === 0 ? (
            <p className="attention-none">
              <span className="state-dot SUCCESS" aria-hidden="true" />
              Nothing: no error, late tick, mended fault or lost decision in the last hour, and no queue, schedule or
              tournament is paused.
            </p>
          ) : (
            <ul className="attention">
              {items.map((item) => (
                <Line key={attentionWords(item, minutes).key} item={item} minutes={minutes} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function Line({ item, minutes }: { readonly item: AttentionItem; readonly minutes: number }) {
  const { what, more, href, linkText, at } = attentionWords(item, minutes);
  return (
    <li data-glide>
      <span className={`bar-mark ${item.tone}`} aria-hidden="true" />
      <span className="what">
        <span className="said">{what}</span>
        <span className="soft small said">{more}</span>
      </span>
      <span className="small soft">{at === null ? null : <RelativeTime at={at} />}</span>
      <Link className="btn tiny" href={href}>
        {linkText}
      </Link>
    </li>
  );
}
