/** How much of a task or a bulk job is done. `share`: from 0 to 1. */
export function ProgressBar({ share }: { readonly share: number }) {
  return (
    <div
      className="meter wide"
      role="progressbar"
      aria-label="Progress"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
    >
      <span style={{ width: `${share * 100}%` }} />
    </div>
  );
}
