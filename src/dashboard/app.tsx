/** The page of each path. The control room is a bundle of its own, which the first visit loads. */
import { lazy, Suspense } from "react";
import { Link, Route, Switch } from "wouter";
import { HomePage } from "./arena/home/page.tsx";
import { TournamentPage } from "./arena/tournament/page.tsx";
import { ErrorBoundary } from "./parts/error-boundary.tsx";
import { Shortcuts } from "./parts/keyboard/shortcuts.tsx";
import { Page } from "./parts/page.tsx";
import { EmptyState, SkeletonRows } from "./parts/states.tsx";
import { Toasts } from "./parts/toasts.tsx";

const OpsApp = lazy(() => import("./ops/routes.tsx"));
const EntryPage = lazy(() => import("./arena/entry/page.tsx"));
const NewPage = lazy(() => import("./arena/new/page.tsx"));
const AgentFormPage = lazy(() => import("./arena/agents/form/page.tsx"));
const AgentPage = lazy(() => import("./arena/agents/page.tsx"));
const DocsPage = lazy(() => import("./docs/page.tsx"));
const JoinPage = lazy(() => import("./arena/join/page.tsx"));
const SignInPage = lazy(() => import("./signin/sign-in-page.tsx"));
const AgentsPage = lazy(() => import("./arena/agents/list-page.tsx"));

export function App() {
  return (
    <ErrorBoundary>
      <Suspense fallback={<Loading />}>
        <Switch>
          <Route path="/">
            <HomePage />
          </Route>
          <Route path="/t/:id">
            <TournamentPage />
          </Route>
          <Route path="/t/:id/:agent">
            <EntryPage />
          </Route>
          <Route path="/new">
            <NewPage />
          </Route>
          <Route path="/a">
            <AgentsPage />
          </Route>
          <Route path="/a/new">
            <AgentFormPage edits={false} />
          </Route>
          <Route path="/a/:id/edit">
            <AgentFormPage edits />
          </Route>
          <Route path="/a/:id">
            <AgentPage />
          </Route>
          <Route path="/docs">
            <DocsPage />
          </Route>
          <Route path="/docs/:name">
            <DocsPage />
          </Route>
          <Route path="/join">
            <JoinPage />
          </Route>
          <Route path="/signin">
            <SignInPage />
          </Route>
          <Route path="/ops/*?">
            <OpsApp />
          </Route>
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </Suspense>
      <Shortcuts />
      <Toasts />
    </ErrorBoundary>
  );
}

function Loading() {
  return (
    <Page title="Loading">
      <SkeletonRows rows={8} />
    </Page>
  );
}

function NotFound() {
  return (
    <Page title="Nothing here">
      <EmptyState title="No page has this address" actions={<Link href="/">To the arena</Link>}>
        The link may be old, or mistyped.
      </EmptyState>
    </Page>
  );
}
