/** A rule for markdownlint: a line of prose holds one sentence, so that a change of a sentence is a change of one line. */
import { getIndexBeforeSecondSentence } from "sentences-per-line";

const NO_PROSE = new Set(["codeFenced", "codeIndented", "table", "htmlFlow"]);

export default {
  names: ["one-sentence-a-line"],
  description: "A line of prose holds one sentence",
  tags: ["sentences"],
  parser: "micromark",
  function: ({ lines, parsers }, onError) => {
    const prose = lines.map(() => true);
    for (const { startLine, endLine } of blocksWithoutProse(parsers.micromark.tokens))
      prose.fill(false, startLine - 1, endLine);
    for (const [at, line] of lines.entries()) {
      const end = prose[at] ? getIndexBeforeSecondSentence(line) : undefined;
      if (end !== undefined) onError({ lineNumber: at + 1, context: line.slice(end, end + 40).trim() });
    }
  },
};

function blocksWithoutProse(tokens) {
  return tokens.flatMap((token) => (NO_PROSE.has(token.type) ? [token] : blocksWithoutProse(token.children)));
}
