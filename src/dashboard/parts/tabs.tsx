import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

interface Tab {
  readonly key: string;
  readonly label: string;
  readonly count?: number | null;
  readonly body: () => ReactNode;
}

interface TabsProps {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly value: string;
  readonly onValue: (key: string) => void;
  /** Between the tabs and the chosen one's body. */
  readonly below?: ReactNode;
}

/** Renders only the chosen tab's body. */
export function Tabs({ label, tabs, value, onValue, below }: TabsProps) {
  return (
    <Radix.Root className="tabs" value={value} onValueChange={onValue}>
      <Radix.List className="tab-list" aria-label={label}>
        {tabs.map((tab) => (
          <Radix.Trigger key={tab.key} value={tab.key}>
            {tab.label}
            {tab.count === undefined || tab.count === null ? null : <span className="count num">{tab.count}</span>}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {below}
      {tabs.map((tab) => (
        <Radix.Content key={tab.key} value={tab.key} className="tab-body">
          {tab.key === value ? tab.body() : null}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
