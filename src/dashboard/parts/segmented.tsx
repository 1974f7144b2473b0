import { ToggleGroup } from "radix-ui";

interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly {
    readonly value: T;
    readonly label: string;
    readonly title?: string;
    readonly disabled?: boolean;
  }[];
  readonly onValue: (value: T) => void;
}

/** One of a few; arrow keys move between them. */
export function Segmented<T extends string>({ label, value, options, onValue }: SegmentedProps<T>) {
  const choose = (next: string) => {
    const option = options.find((each) => each.value === next);
    if (option) onValue(option.value);
  };
  return (
    <ToggleGroup.Root type="single" className="segments" aria-label={label} value={value} onValueChange={choose}>
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          title={option.title}
          disabled={option.disabled ?? false}
        >
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
