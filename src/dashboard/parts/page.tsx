/** The frame of a page: skip link, header, heading, and where the focus goes when the page changes. */
import { type ReactNode, useEffect, useRef } from "react";
import { Footer } from "./footer.tsx";
import { TopBar } from "./top-bar.tsx";

interface PageProps {
  /** The document's title, and the page's heading where `heading` isn't given. */
  readonly title: string;
  readonly heading?: ReactNode;
  /** Above the heading: what a reader needs before it. */
  readonly above?: ReactNode;
  /** Links above the heading, to where this page belongs. */
  readonly crumbs?: ReactNode;
  /** Below the heading: state, times, counts. */
  readonly sub?: ReactNode;
  readonly actions?: ReactNode;
  /** In the header, at the right: a ConnectionBadge. */
  readonly status?: ReactNode;
  readonly narrow?: boolean;
  readonly children: ReactNode;
}

/** The path of the page that was shown last. Null before the first one. */
let visited: string | null = null;

export function Page({ title, heading, above, crumbs, sub, actions, status, narrow, children }: PageProps) {
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = title === "Agonus" ? title : `${title} · Agonus`;
  }, [title]);
  useEffect(() => {
    // After a link inside the app a screen reader starts at the new page. The browser itself handles the first page. A page
    // that stands in for its own while it loads is no new one.
    const { pathname } = location;
    if (visited !== null && visited !== pathname) {
      // The key / may have put the focus into the page's search already.
      if (!main.current?.contains(document.activeElement)) main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    visited = pathname;
  }, []);
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <TopBar status={status} />
      <main id="main" className={narrow ? "page narrow" : "page"} tabIndex={-1} ref={main}>
        {above}
        <div className="page-head">
          <div className="title">
            {crumbs ? (
              <nav className="crumbs" aria-label="Where this is">
                {crumbs}
              </nav>
            ) : null}
            <h1>{heading ?? title}</h1>
            {sub ? <div className="sub">{sub}</div> : null}
          </div>
          {actions ? <div className="row wrap">{actions}</div> : null}
        </div>
        {children}
      </main>
      <Footer />
    </>
  );
}
