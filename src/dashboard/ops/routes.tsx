/** The control room: everything below /ops. Without the session of an operator or viewer it shows nothing and sends no request. */
import "./ops.css";
import { lazy, Suspense } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { useSession } from "../api/session.ts";
import { Page } from "../parts/page.tsx";
import { EmptyState, SkeletonRows } from "../parts/states.tsx";

const OverviewPage = lazy(() => import("./overview/page.tsx"));
const TasksPage = lazy(() => import("./tasks/list-page.tsx"));
const TaskPage = lazy(() => import("./tasks/page.tsx"));
const ErrorsPage = lazy(() => import("./tasks/errors-page.tsx"));
const BulkListPage = lazy(() => import("./bulk/list-page.tsx"));
const BulkPage = lazy(() => import("./bulk/page.tsx"));
const AuditPage = lazy(() => import("./audit/page.tsx"));
const QueuesPage = lazy(() => import("./queues/page.tsx"));
const DeadLettersPage = lazy(() => import("./queues/dead-letters-page.tsx"));
const SchedulesPage = lazy(() => import("./schedules/list-page.tsx"));
const SchedulePage = lazy(() => import("./schedules/page.tsx"));
const AgentsPage = lazy(() => import("./agents/page.tsx"));
const KeysPage = lazy(() => import("./keys/page.tsx"));
const RecoveriesPage = lazy(() => import("./recoveries/page.tsx"));
const ConsumersPage = lazy(() => import("./queues/consumers-page.tsx"));
const CandlesPage = lazy(() => import("./candles/page.tsx"));
const RegisteredPage = lazy(() => import("./tasks/registered-page.tsx"));
const RegisteredTaskPage = lazy(() => import("./tasks/registered-task-page.tsx"));

export default function OpsApp() {
  const { reads, known } = useSession();
  const [path] = useLocation();
  if (!known) {
    return (
      <Page title="Control room">
        <SkeletonRows rows={8} />
      </Page>
    );
  }
  if (!reads) {
    return (
      <Page title="Control room">
        <EmptyState
          title="The control room is for operators and viewers"
          actions={
            <Link className="btn solid" href={`/signin?back=${encodeURIComponent(path)}`}>
              Sign in
            </Link>
          }
        >
          It needs the operator key, or a key of the role viewer or operator. A local run prints the key when it starts,
          and keeps it in its data folder. A deployment has the key that was set with wrangler secret put OPERATOR_KEY.
        </EmptyState>
      </Page>
    );
  }
  return (
    <Suspense
      fallback={
        <Page title="Control room">
          <SkeletonRows rows={8} />
        </Page>
      }
    >
      <Switch>
        <Route path="/ops" component={OverviewPage} />
        <Route path="/ops/tasks" component={TasksPage} />
        <Route path="/ops/tasks/:id">{({ id }) => <TaskPage key={id} />}</Route>
        <Route path="/ops/errors" component={ErrorsPage} />
        <Route path="/ops/bulk" component={BulkListPage} />
        <Route path="/ops/bulk/:id">{({ id }) => <BulkPage key={id} />}</Route>
        <Route path="/ops/audit" component={AuditPage} />
        <Route path="/ops/queues" component={QueuesPage} />
        <Route path="/ops/dead-letters" component={DeadLettersPage} />
        <Route path="/ops/schedules" component={SchedulesPage} />
        <Route path="/ops/schedules/:name">{({ name }) => <SchedulePage key={name} />}</Route>
        <Route path="/ops/agents" component={AgentsPage} />
        <Route path="/ops/keys" component={KeysPage} />
        <Route path="/ops/recoveries" component={RecoveriesPage} />
        <Route path="/ops/candles" component={CandlesPage} />
        <Route path="/ops/consumers" component={ConsumersPage} />
        <Route path="/ops/registered" component={RegisteredPage} />
        <Route path="/ops/registered/:name">{({ name }) => <RegisteredTaskPage key={name} />}</Route>
        <Route>
          <Page title="Nothing here">
            <EmptyState title="The control room has no such page" actions={<Link href="/ops">To the overview</Link>} />
          </Page>
        </Route>
      </Switch>
    </Suspense>
  );
}
