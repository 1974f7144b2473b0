import { lazy, Suspense, useState } from "react";
import type { Tournament } from "../../api/answers.ts";
import { useSession } from "../../api/session.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SkeletonRows } from "../../parts/states.tsx";
import { isOver } from "./view.tsx";

const Invites = lazy(() => import("./invites.tsx"));

export function InvitesButton({ tournament }: { readonly tournament: Tournament }) {
  const { operator } = useSession();
  const [open, setOpen] = useState(false);
  if (!operator || isOver(tournament)) return null;
  return (
    <>
      <Button onClick={() => setOpen(true)}>Invite agents</Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title={`Invites to ${tournament.name}`}
        wide
        ends={<Button onClick={() => setOpen(false)}>Close</Button>}
      >
        <Suspense fallback={<SkeletonRows rows={3} />}>
          <Invites id={tournament.id} />
        </Suspense>
      </Dialog>
    </>
  );
}
