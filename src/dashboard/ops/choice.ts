/** One of some values, kept in the address, so that a link keeps it. The first value is the one without a word in the address. */
import { useSearchParams } from "wouter";

export function useChoice<T extends string>(
  key: string,
  options: readonly [{ readonly value: T }, ...{ readonly value: T }[]],
): readonly [T, (value: T) => void] {
  const [search, setSearch] = useSearchParams();
  const [first] = options;
  const asked = search.get(key);
  const value = options.find((option) => option.value === asked)?.value ?? first.value;
  const choose = (next: T) => {
    const rest = new URLSearchParams(search);
    if (next === first.value) rest.delete(key);
    else rest.set(key, next);
    setSearch(rest, { replace: true });
  };
  return [value, choose];
}
