/** Uploads one file of candles, and shows how much of it has gone. */
import { type FormEvent, useEffect, useRef, useState } from "react";
import { limits } from "../../../core/limits.ts";
import type { CandleSource } from "../../api/answers.ts";
import { faultsByField } from "../../api/problem.ts";
import { upload } from "../../api/upload.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { useFaultFocus } from "../../parts/fault-focus.ts";
import { Checkbox, Field, Select, TextInput } from "../../parts/field.tsx";
import { useAction } from "../polled.ts";
import { ProgressBar } from "../progress-bar.tsx";

const FIELDS = ["symbol", "interval", "source", "body"];
const TOO_LARGE = "The file is larger than 100 MB. Import it by the command line: npm run candles -- import";

export function UploadForm({ sources }: { readonly sources: readonly CandleSource[] }) {
  const [file, setFile] = useState<File | null>(null);
  const [symbol, setSymbol] = useState("");
  const [interval, setInterval] = useState("");
  const [source, setSource] = useState("");
  const [fill, setFill] = useState(false);
  const [share, setShare] = useState(0);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const send = useAction(
    (chosen: File) => {
      const asked = {
        name: chosen.name.slice(-limits.nameCharsMax),
        symbol,
        interval,
        fill: fill ? "flat" : "",
        source,
      };
      const query = Object.fromEntries(Object.entries(asked).filter(([, value]) => value.trim() !== ""));
      setShare(0);
      stop.current = new AbortController();
      return upload({ path: "/candle-sources", query, file: chosen, onShare: setShare, signal: stop.current.signal });
    },
    () => ({ text: "The candles are stored.", href: "/new", link: "New tournament" }),
    "Not stored.",
  );
  useFaultFocus(send.error);
  const { fields: faults, rest } = faultsByField(send.error, FIELDS);
  const isTooLarge = file !== null && file.size > limits.uploadBytesMax;
  const choose = (chosen: File | null) => {
    // What was wrong with another file says nothing about this one.
    send.reset();
    setFile(chosen);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (file !== null) send.mutate(file);
  };
  const addable = sources.filter(({ kind }) => kind === "files");
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
              className="input"
              type="file"
              accept=".csv,.tsv,.txt,.json,.gz"
              onChange={(event) => choose(event.target.files?.[0] ?? null)}
            />
          )}
        </Field>
        <Field label="Symbol" hint="Such as BTC-USDT. Empty: as the file's name or columns say." faults={faults.symbol}>
          {(wiring) => <TextInput {...wiring} mono value={symbol} onValue={setSymbol} />}
        </Field>
        <Field label="Interval" hint="Such as 5m. Empty: as the file's name or times say." faults={faults.interval}>
          {(wiring) => <TextInput {...wiring} mono value={interval} onValue={setInterval} />}
        </Field>
        <Field label="Add it to" hint="Candles that no tournament uses yet get one more symbol." faults={faults.source}>
          {(wiring) => (
            <Select
              {...wiring}
              value={source}
              options={[
                { value: "", label: "New candles" },
                ...addable.map(({ id, name, symbols }) => ({ value: id, label: `${name} (${symbols.join(", ")})` })),
              ]}
              onValue={setSource}
            />
          )}
        </Field>
        <Checkbox label="Fill gaps with the last close, marked as filled" checked={fill} onChecked={setFill} />
        <div className="row wrap">
          <Button submit kind="solid" busy={send.isPending} disabled={file === null || isTooLarge}>
            Upload
          </Button>
          {send.isPending ? <Button onClick={() => stop.current?.abort()}>Stop</Button> : null}
        </div>
        {send.isPending ? (
          <div className="stack">
            <ProgressBar share={share} />
            <span className="small said" role="status">
              {share < 1 ? `${Math.floor(share * 100)} % sent` : "Sent. The candles are checked and stored."}
            </span>
          </div>
        ) : null}
      </form>
    </Card>
  );
}
