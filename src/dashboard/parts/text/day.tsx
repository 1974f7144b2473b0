import { exactText } from "./time-text.ts";

/** A date, in the viewer's zone; its time on hover. */
export function Day({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={exactText(at)}>
      {new Date(at).toLocaleDateString("en-GB", { dateStyle: "medium" })}
    </time>
  );
}
