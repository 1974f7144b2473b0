/** The text that a list is searched by: it lives in the address, so that a link keeps it. */
import { useSearchParams } from "wouter";

export function useSearchText(): readonly [string, (text: string) => void] {
  const [search, setSearch] = useSearchParams();
  const write = (text: string) => {
    const next = new URLSearchParams(search);
    if (text === "") next.delete("q");
    else next.set("q", text);
    setSearch(next, { replace: true });
  };
  return [search.get("q") ?? "", write];
}
