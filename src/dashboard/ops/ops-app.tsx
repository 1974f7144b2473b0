/** The control room: everything below /ops. */
import { Page } from "../parts/page.tsx";
import { EmptyState } from "../parts/states.tsx";

export default function OpsApp() {
  return (
    <Page title="Control room">
      <EmptyState title="Not built yet" />
    </Page>
  );
}
