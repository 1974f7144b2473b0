/** The project's own files as tests read them. */
export { importsOf, projectFiles, ROOT, readProjectFile as read } from "../../src/cli/testing/import-graph.ts";

/** The text without its comments. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`])\/\/.*$/gm, "$1");
}
