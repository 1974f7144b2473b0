/** The control room: everything below /ops. Without the operator's session it shows nothing, and asks for nothing. */
import "./ops.css";
import { lazy, Suspense } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { useSession } from "../api/session.ts";
import { Page } from "../parts/page.tsx";
import { EmptyState, SkeletonRows } from "../parts/states.tsx";

const OverviewPage = lazy(() => import("./overview-page.tsx"));
const TasksPage = lazy(() => import("./tasks-page.tsx"));
const TaskPage = lazy(() => import("./task-page.tsx"));
const ErrorsPage = lazy(() => import("./errors-page.tsx"));
const BulkListPage = lazy(() => import("./bulk-list-page.tsx"));
const BulkPage = lazy(() => import("./bulk-page.tsx"));
const AuditPage = lazy(() => import("./audit-page.tsx"));
const QueuesPage = lazy(() => import("./queues-page.tsx"));
const DeadLettersPage = lazy(() => import("./dead-letters-page.tsx"));
const SchedulesPage = lazy(() => import("./schedules-page.tsx"));
const SchedulePage = lazy(() => import("./schedule-page.tsx"));
const AgentsPage = lazy(() => import("./agents-page.tsx"));
const RecoveriesPage = lazy(() => import("./recoveries-page.tsx"));
const ConsumersPage = lazy(() => import("./consumers-page.tsx"));
const RegisteredPage = lazy(() => import("./registered-page.tsx"));
const RegisteredTaskPage = lazy(() => import("./registered-task-page.tsx"));

export default function OpsApp() {
  const { operator, known } = useSession();
  const [path] = useLocation();
  if (!known) {
    return (
      <Page title="Control room">
        <SkeletonRows rows={8} />
      </Page>
    );
  }
  if (!operator) {
    return (
      <Page title="Control room">
        <EmptyState
          title="The control room is for operators"
          actions={
            <Link className="btn solid" href={`/signin?back=${encodeURIComponent(path)}`}>
              Sign in
            </Link>
          }
        >
          It needs the operator key. A local run prints the key when it starts, and keeps it in its data folder; a
          deployment has the one that was set with wrangler secret put OPERATOR_KEY.
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
        <Route path="/ops/recoveries" component={RecoveriesPage} />
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
