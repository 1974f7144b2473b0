/** The documents of docs/ as pages: /docs is their list, /docs/rules is docs/rules.md. */
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, useParams } from "wouter";
import { Loaded } from "../parts/loaded.tsx";
import { Page } from "../parts/page.tsx";
import { EmptyState } from "../parts/states.tsx";
import { Document } from "./document.tsx";
import { titleOf } from "./links.ts";

const files = import.meta.glob<string>("../../../docs/*.md", { query: "?raw", import: "default" });
const FIRST = "README";

export default function DocsPage() {
  const { name = FIRST } = useParams();
  const load = files[`../../../docs/${name}.md`];
  const query = useQuery({ queryKey: ["docs", name], queryFn: () => load?.() ?? "", enabled: load !== undefined });
  const loaded = query.data !== undefined;
  // The browser looked for the anchor before the text was there.
  useEffect(() => {
    if (loaded && location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, [loaded]);
  const crumbs = name === FIRST ? undefined : <Link href="/docs">Documents</Link>;
  if (!load) {
    return (
      <Page title="Documents" crumbs={crumbs}>
        <EmptyState title="No document has this name" actions={<Link href="/docs">All documents</Link>}>
          The link may be old, or mistyped.
        </EmptyState>
      </Page>
    );
  }
  return (
    <Page key={name} title={titleOf(query.data, name)} crumbs={crumbs} narrow>
      <Loaded from={query} what="The document did not load.">
        {(text) => <Document markdown={text} />}
      </Loaded>
    </Page>
  );
}
