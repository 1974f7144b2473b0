import { useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { faultsByField } from "../api/problem.ts";
import { signIn, signOut, useSession } from "../api/session.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Field, TextInput } from "../parts/field.tsx";
import { useFaultFocus } from "../parts/keyboard/fault-focus.ts";
import { Page } from "../parts/page.tsx";

/** Takes a path of this site only: a link must not send the operator to another site. */
function safeBack(back: string | null): string {
  return back?.startsWith("/") && !/^\/[/\\]/.test(back) && !back.startsWith("/signin") ? back : "/";
}

export default function SignInPage() {
  const [, navigate] = useLocation();
  const [search] = useSearchParams();
  const { role, name } = useSession();
  const [key, setKey] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const back = safeBack(search.get("back"));
  const { fields, rest } = faultsByField(error, ["key"]);
  useFaultFocus(error);

  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      await signIn(key.trim());
      navigate(back, { replace: true });
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Page title="Sign in" narrow>
      <Card>
        {role ? (
          <div className="stack tight">
            <p>
              You are signed in as <span className="said">{name}</span>, with the role {role}.
            </p>
            <div className="row">
              <Button kind="solid" onClick={() => navigate(back)}>
                Go on
              </Button>
              <Button onClick={() => void signOut()}>Sign out</Button>
            </div>
          </div>
        ) : (
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              void submit();
            }}
          >
            <p className="prose soft">
              The arena is open to all. A key opens what its role may do: the control room for operators and viewers,
              the form for new tournaments for operators, and the decisions of a round that is still open.
            </p>
            <Field
              label="Operator key or access key"
              hint={
                <>
                  Any key that an operator gave you, or the operator key: <code>npm start</code> prints it, and keeps it
                  in <code>operator-key</code> in its data folder, which is <code>.agonus</code> or what{" "}
                  <code>--data</code> named. A deployment has it as the secret <code>OPERATOR_KEY</code>.
                </>
              }
              faults={[...(fields.key ?? []), ...rest]}
            >
              {(wiring) => (
                <TextInput
                  {...wiring}
                  mono
                  type="password"
                  name="key"
                  autoComplete="current-password"
                  required
                  value={key}
                  onValue={setKey}
                />
              )}
            </Field>
            <div className="row">
              <Button kind="solid" submit busy={busy} disabled={key.trim() === ""}>
                Sign in
              </Button>
            </div>
          </form>
        )}
      </Card>
    </Page>
  );
}
