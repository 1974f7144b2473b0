/** What a polled page shows: bones, a fault, or its content with a line when that is out of date. */
import type { ReactNode } from "react";
import { sentenceOf } from "../api/problem.ts";
import { ErrorState, SkeletonRows } from "../parts/states.tsx";

interface LoadedProps<T> {
  readonly from: { readonly data: T | undefined; readonly error: unknown; readonly again: () => void };
  /** "The queues did not load." */
  readonly what: string;
  readonly children: (data: T) => ReactNode;
}

export function Loaded<T>({ from: { data, error, again }, what, children }: LoadedProps<T>) {
  if (data === undefined) {
    return error ? <ErrorState error={error} what={what} retry={again} /> : <SkeletonRows rows={8} />;
  }
  return (
    <>
      {error ? (
        <p className="note-bar bad" role="status">
          What is shown may be out of date: {sentenceOf(error)} It is asked for again every few seconds.
        </p>
      ) : null}
      {children(data)}
    </>
  );
}
