/** Where links of a document lead. Pure. */

/** "rules.md#fills" is /docs/rules#fills. Null for files that are not among the documents: their text is shown without a link. */
export function pageOfLink(href: string): string | null {
  if (/^(https?:\/\/|#)/.test(href)) return href;
  const [, name, anchor = ""] = /^([\w-]+)\.md(#.*)?$/.exec(href) ?? [];
  if (name === undefined) return null;
  return `/docs${name === "README" ? "" : `/${name}`}${anchor}`;
}

/** The document's first heading; until it has loaded, its name. */
export function titleOf(text: string | undefined, name: string): string {
  return /^# (.+)$/m.exec(text ?? "")?.[1] ?? name;
}
