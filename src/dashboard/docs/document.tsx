/** A document's blocks as elements. All text goes into JSX as text. */
import { createElement, type ReactNode } from "react";
import { Link } from "wouter";
import { pageOfLink } from "./links.ts";
import { type Block, blocksOf, type Inline, inlinesOf } from "./markdown.ts";

export function Document({ markdown }: { readonly markdown: string }) {
  // The page's own heading has the title.
  return <article className="document">{parts(blocksOf(markdown).filter((block) => !isTitle(block)))}</article>;
}

const isTitle = (block: Block) => block.kind === "heading" && block.level === 1;

/** Blocks and inlines of a text never change their order, so their place is their key. */
function parts(blocks: readonly Block[]): ReactNode[] {
  // biome-ignore lint/suspicious/noArrayIndexKey: see above
  return blocks.map((block, i) => <BlockPart key={i} block={block} />);
}

function BlockPart({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case "heading":
      return createElement(`h${Math.min(block.level, 6)}`, { id: block.id }, <Text text={block.text} />);
    case "paragraph":
      return (
        <p>
          <Text text={block.text} />
        </p>
      );
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <pre tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case "list":
      return createElement(
        block.ordered ? "ol" : "ul",
        {},
        block.items.map(({ text, below }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <li key={i}>
            <Text text={text} />
            {parts(below)}
          </li>
        )),
      );
    case "table":
      return <Table head={block.head} rows={block.rows} />;
  }
}

function Table({ head, rows }: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }) {
  const cells = (texts: readonly string[], isHead: boolean) =>
    texts.map((text, i) =>
      createElement(
        // A header without a word would be announced as one.
        isHead && text !== "" ? "th" : "td",
        { key: i, "data-label": isHead ? undefined : head[i] },
        <Text text={text} />,
      ),
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form controls
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className="table-box" role="group" aria-label="Table" tabIndex={0}>
      <table className="plain-table">
        <thead>
          <tr>{cells(head, true)}</tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            <tr key={i}>{cells(row, false)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Text({ text }: { readonly text: string }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: see above
  return inlinesOf(text).map((part, i) => <Part key={i} part={part} />);
}

function Part({ part }: { readonly part: Inline }) {
  if (part.kind === "link") {
    const to = pageOfLink(part.href);
    const label = <Text text={part.text} />;
    if (to === null) return label;
    return to.startsWith("/") ? <Link href={to}>{label}</Link> : <a href={to}>{label}</a>;
  }
  if (part.kind === "code") return <code>{part.text}</code>;
  if (part.kind === "bold") return <strong>{part.text}</strong>;
  return part.kind === "emphasis" ? <em>{part.text}</em> : part.text;
}
