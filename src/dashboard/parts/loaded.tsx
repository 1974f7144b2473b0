/** A query's result: a skeleton while it loads, an error with a retry, or its content with a note when that may be old. */
import type { ReactNode } from "react";
import { sentenceOf } from "../api/problem.ts";
import { Button } from "./button.tsx";
import { ErrorState, SkeletonRows } from "./states.tsx";

interface LoadedProps<T> {
  /** A query's result. */
  readonly from: { readonly data: T | undefined; readonly error: unknown; readonly refetch: () => unknown };
  /** "The queues did not load." */
  readonly what: string;
  readonly bones?: number;
  readonly children: (data: T) => ReactNode;
}

export function Loaded<T>({ from: { data, error, refetch }, what, bones = 8, children }: LoadedProps<T>) {
  if (data === undefined) {
    return error ? (
      <ErrorState error={error} what={what} retry={() => void refetch()} />
    ) : (
      <SkeletonRows rows={bones} />
    );
  }
  return (
    <>
      {error ? (
        <div className="note-bar bad" role="status">
          <span>What is shown may be out of date: {sentenceOf(error)}</span>
          <Button tiny onClick={() => void refetch()}>
            Try again
          </Button>
        </div>
      ) : null}
      {children(data)}
    </>
  );
}
