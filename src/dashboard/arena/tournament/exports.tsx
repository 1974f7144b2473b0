import { Download } from "lucide-react";

const lists = [
  ["leaderboard", "Leaderboard"],
  ["trades", "Trades"],
  ["equity", "Equity"],
] as const;

/** The tournament's lists as files for a spreadsheet. */
export function Exports({ tournamentId }: { readonly tournamentId: string }) {
  return (
    <span className="exports soft small">
      <Download size={13} aria-hidden /> CSV
      {lists.map(([path, name]) => (
        <a key={path} href={`/tournaments/${tournamentId}/${path}.csv`} download>
          {name}
        </a>
      ))}
    </span>
  );
}
