/** Uploads one file of candles, and shows how much of it has gone. */
import { type FormEvent, useEffect, useRef, useState } from "react";
import { limits } from "../../../core/limits.ts";
import type { CandleSource } from "../../api/answers.ts";
import { faultsByField } from "../../api/problem.ts";
import { upload } from "../../api/upload.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Checkbox, Field, Select, TextInput } from "../../parts/field.tsx";
import { useFaultFocus } from "../../parts/keyboard/fault-focus.ts";
import { useAction } from "../polled.ts";
import { ProgressBar } from "../progress-bar.tsx";

const FIELDS = ["symbol", "interval", "source", "body"];
const TOO_LARGE = "The file is larger than 100 MB. Import it by the command line: npm run candles -- import";

/** What is said of a file. */
const nothingSaid = { symbol: "", interval: "", fill: false, jumps: false };
type Said = typeof nothingSaid;

export function UploadForm({ sources }: { readonly sources: readonly CandleSource[] }) {
  const [file, setFile] = useState<File | null>(null);
  const [said, setSaid] = useState(nothingSaid);
  const [source, setSource] = useState("");
  /** A new input has no file chosen. */
  const [sent, setSent] = useState(0);
  const { send, share, stop } = useUpload();
  useFaultFocus(send.error);
  const { fields: faults, rest } = faultsByField(send.error, FIELDS);
  const isTooLarge = file !== null && file.size > limits.uploadBytesMax;
  const say = (change: Partial<Said>) => setSaid((before) => ({ ...before, ...change }));
  const choose = (chosen: File | null) => {
    // What was wrong with another file says nothing about this one.
    send.reset();
    setFile(chosen);
  };
  const clear = () => {
    // What was said of this file must not be taken for the next one.
    setFile(null);
    setSaid(nothingSaid);
    setSent((before) => before + 1);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (file !== null) send.mutate({ file, query: queryOf(file, said, source) }, { onSuccess: clear });
  };
  return (
    <Card title="Upload a file">
      <form className="stack run-form" onSubmit={submit}>
        <Field
          label="File"
          hint="CSV or JSON of any known shape, plain or .gz, up to 100 MB."
          faults={isTooLarge ? [TOO_LARGE] : [...(faults.body ?? []), ...rest]}
        >
          {(wiring) => (
            <input
              {...wiring}
              key={sent}
              className="input"
              type="file"
              accept=".csv,.tsv,.txt,.json,.gz"
              onChange={(event) => choose(event.target.files?.[0] ?? null)}
            />
          )}
        </Field>
        <Field label="Symbol" hint="Such as BTC-USDT. Empty: as the file's name or columns say." faults={faults.symbol}>
          {(wiring) => <TextInput {...wiring} mono value={said.symbol} onValue={(symbol) => say({ symbol })} />}
        </Field>
        <Field label="Interval" hint="Such as 5m. Empty: as the file's name or times say." faults={faults.interval}>
          {(wiring) => <TextInput {...wiring} mono value={said.interval} onValue={(interval) => say({ interval })} />}
        </Field>
        <Field label="Add it to" hint="Candles that no tournament uses yet get one more symbol." faults={faults.source}>
          {(wiring) => <Select {...wiring} value={source} options={optionsOf(sources)} onValue={setSource} />}
        </Field>
        <Checkbox
          label="Fill gaps with the last close (fill=flat)"
          checked={said.fill}
          onChecked={(fill) => say({ fill })}
        />
        <Checkbox
          label="Take a price of more than 50 times its neighbour (accept_jumps=true)"
          checked={said.jumps}
          onChecked={(jumps) => say({ jumps })}
        />
        <div className="row wrap">
          <Button submit kind="solid" busy={send.isPending} disabled={file === null || isTooLarge}>
            Upload
          </Button>
          {send.isPending ? <Button onClick={stop}>Stop</Button> : null}
        </div>
        {send.isPending ? <Progress share={share} /> : null}
      </form>
    </Card>
  );
}

interface Sent {
  readonly file: File;
  readonly query: Readonly<Record<string, string>>;
}

/** One upload at a time. It ends with its page. */
function useUpload() {
  const [share, setShare] = useState(0);
  const under = useRef<AbortController | null>(null);
  const stop = () => under.current?.abort();
  useEffect(() => () => under.current?.abort(), []);
  const send = useAction(
    ({ file, query }: Sent) => {
      setShare(0);
      under.current = new AbortController();
      return upload({ path: "/candle-sources", query, file, onShare: setShare, signal: under.current.signal });
    },
    () => ({ text: "The candles are stored.", href: "/new", link: "New tournament" }),
    "Not stored.",
  );
  return { send, share, stop };
}

function Progress({ share }: { readonly share: number }) {
  const isSent = share >= 1;
  return (
    <div className="stack">
      <ProgressBar share={share} />
      <span className="small said">
        {isSent ? null : `${Math.floor(share * 100)} % sent`}
        <span role="status">{isSent ? "Sent. The candles are checked and stored." : null}</span>
      </span>
    </div>
  );
}

function optionsOf(sources: readonly CandleSource[]) {
  const files = sources.filter(({ kind }) => kind === "files");
  return [
    { value: "", label: "New candles" },
    ...files.map(({ id, name, symbols }) => ({ value: id, label: `${name} (${symbols.join(", ")})` })),
  ];
}

function queryOf(file: File, { symbol, interval, fill, jumps }: Said, source: string): Record<string, string> {
  const asked = {
    name: file.name.slice(-limits.nameCharsMax),
    symbol: symbol.trim(),
    interval: interval.trim(),
    source,
    fill: fill ? "flat" : "",
    accept_jumps: jumps ? "true" : "",
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== ""));
}
