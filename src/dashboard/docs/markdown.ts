/**
 * Reads the Markdown of docs/ into blocks. It knows what those documents use and nothing else: headings, paragraphs, fenced
 * code, lists, tables, `code`, **bold**, *emphasis* and links. A library for all of Markdown would be a tenth of what the arena
 * loads. Pure.
 */

export type Inline =
  | { readonly kind: "text" | "code" | "bold" | "emphasis"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly text: string; readonly id: string }
  | { readonly kind: "paragraph"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly Item[] }
  | { readonly kind: "table"; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

interface Item {
  readonly text: string;
  /** What stands below the item, indented. */
  readonly below: readonly Block[];
}

const FENCE = /^```/;
const HEADING = /^(#{1,6}) (.+)$/;
const ITEM = /^(?:[-*]|\d+\.) +/;
const TABLE = /^\|/;

export function blocksOf(markdown: string): Block[] {
  const lines = markdown.replaceAll(/<!--[\s\S]*?-->/g, "").split("\n");
  const blocks: Block[] = [];
  /** The lines from here on, as long as they belong to one block. */
  const take = (belongs: (line: string) => boolean): string[] => {
    const end = lines.findIndex((line) => !belongs(line));
    return lines.splice(0, end < 0 ? lines.length : end);
  };
  for (let line = lines[0]; line !== undefined; line = lines[0]) {
    const heading = HEADING.exec(line);
    if (line.trim() === "") lines.shift();
    else if (heading) {
      lines.shift();
      const [, marks = "", text = ""] = heading;
      blocks.push({ kind: "heading", level: marks.length, text, id: anchorOf(text) });
    } else if (FENCE.test(line)) {
      lines.shift();
      blocks.push({ kind: "code", text: take((each) => !FENCE.test(each)).join("\n") });
      lines.shift();
    } else if (TABLE.test(line)) blocks.push(tableOf(take((each) => TABLE.test(each))));
    else if (ITEM.test(line)) {
      const own = take((each) => ITEM.test(each) || /^\s+\S/.test(each) || each === "");
      blocks.push({ kind: "list", ordered: /^\d/.test(line), items: itemsOf(own) });
    } else {
      const own = take((each) => each.trim() !== "" && ![FENCE, HEADING, TABLE, ITEM].some((rule) => rule.test(each)));
      blocks.push({ kind: "paragraph", text: own.join(" ") });
    }
  }
  return blocks;
}

function itemsOf(lines: readonly string[]): Item[] {
  const items: string[][] = [];
  for (const line of lines) {
    if (ITEM.test(line)) items.push([line.replace(ITEM, "")]);
    else items.at(-1)?.push(line.replace(/^ {1,3}/, ""));
  }
  return items.map(([first = "", ...rest]) => {
    // A line that only goes on belongs to the item's own text.
    const own = rest.findIndex((line) => line.trim() === "" || FENCE.test(line) || ITEM.test(line.trimStart()));
    const end = own < 0 ? rest.length : own;
    const text = [first, ...rest.slice(0, end)].join(" ");
    return { text, below: blocksOf(rest.slice(end).join("\n")) };
  });
}

function tableOf(lines: readonly string[]): Block {
  const [head = "", , ...rows] = lines;
  return { kind: "table", head: cellsOf(head), rows: rows.map(cellsOf) };
}

/** A bar behind a backslash is a bar in the text. */
function cellsOf(line: string): string[] {
  return line
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** Each part has a longest length, so that a line without its closing mark costs no more than its own length. */
const INLINE =
  /`([^`]{1,250})`|\*\*([^*]{1,150})\*\*|\*([^*]{1,150})\*|\[((?:[^\]`]|`[^`]{0,60}`){1,120})\]\(([^)\s]{1,150})\)/g;

export function inlinesOf(text: string): Inline[] {
  const parts: Inline[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, bold, emphasis, label, href] = match;
    if (match.index > end) parts.push({ kind: "text", text: text.slice(end, match.index) });
    if (code !== undefined) parts.push({ kind: "code", text: code });
    else if (bold !== undefined) parts.push({ kind: "bold", text: bold });
    else if (emphasis !== undefined) parts.push({ kind: "emphasis", text: emphasis });
    else if (label !== undefined && href !== undefined) parts.push({ kind: "link", text: label, href });
    end = match.index + whole.length;
  }
  if (end < text.length) parts.push({ kind: "text", text: text.slice(end) });
  return parts;
}

/** The name of a heading in links, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}
