import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";

/** The attributes that tie a control to its label, its hint and its fault. */
export interface Wiring {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": true | undefined;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  /** Sentences of the API about this field. */
  readonly faults?: readonly string[] | undefined;
  readonly children: (wiring: Wiring) => ReactNode;
}

export function Field({ label, hint, faults = [], children }: FieldProps) {
  const id = useId();
  const about = [hint ? `${id}-hint` : "", faults.length > 0 ? `${id}-fault` : ""].filter(Boolean).join(" ");
  const wiring: Wiring = {
    id,
    "aria-describedby": about || undefined,
    "aria-invalid": faults.length > 0 ? true : undefined,
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(wiring)}
      {hint ? (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      ) : null}
      {faults.length > 0 ? (
        <span className="fault" id={`${id}-fault`} role="alert">
          {faults.join("\n")}
        </span>
      ) : null}
    </div>
  );
}

interface InputProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange" | "className"> {
  readonly onValue: (value: string) => void;
  /** Numbers, times, ids. */
  readonly mono?: boolean;
}

export function TextInput({ onValue, mono, ...rest }: InputProps) {
  return (
    <input
      autoComplete="off"
      {...rest}
      className={mono ? "input mono" : "input"}
      onChange={(event) => onValue(event.target.value)}
    />
  );
}

interface AreaProps extends Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "onChange" | "className"> {
  readonly onValue: (value: string) => void;
}

export function TextArea({ onValue, ...rest }: AreaProps) {
  return <textarea {...rest} className="input" onChange={(event) => onValue(event.target.value)} />;
}

interface SliderProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange" | "className" | "type"> {
  readonly onValue: (value: string) => void;
  /** The value in words, beside the slider. */
  readonly shown: string;
}

export function Slider({ onValue, shown, ...rest }: SliderProps) {
  return (
    <span className="slider">
      <input {...rest} type="range" aria-valuetext={shown} onChange={(event) => onValue(event.target.value)} />
      <output htmlFor={rest.id} className="num">
        {shown}
      </output>
    </span>
  );
}

interface SelectProps extends Omit<SelectHTMLAttributes<HTMLSelectElement>, "onChange" | "className"> {
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onValue: (value: string) => void;
}

export function Select({ options, onValue, ...rest }: SelectProps) {
  return (
    <select {...rest} className="input" onChange={(event) => onValue(event.target.value)}>
      {options.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}

interface CheckProps {
  readonly label: ReactNode;
  readonly checked: boolean;
  readonly onChecked: (checked: boolean) => void;
  readonly disabled?: boolean;
}

export function Checkbox({ label, checked, onChecked, disabled }: CheckProps) {
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChecked(event.target.checked)}
      />
      <span className="row">{label}</span>
    </label>
  );
}
