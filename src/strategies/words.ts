/** Numbers as a reasoning says them. */

/** A price or an amount of quote currency: "104,512.30", "2.1412", "0.19231". */
export function price(value: number): string {
  if (!Number.isFinite(value)) return "n/a";
  const size = Math.abs(value);
  if (size !== 0 && size < 10) return value.toPrecision(5);
  const [whole = "0", fraction = "00"] = value.toFixed(2).split(".");
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${fraction}`;
}

/** A share with its sign: 0.0123 → "+1.23 %". */
export function percent(share: number): string {
  return `${signed(share * 100)} %`;
}

/** A share that has no direction: 0.0123 → "1.23 %". */
export function part(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

/** A difference of prices with its sign: "+33.66", "-0.00013653". */
export function difference(value: number): string {
  return `${value < 0 ? "" : "+"}${price(value)}`;
}

/** "+0.53", "-1.20". */
export function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(2)}`;
}

/** One place: RSI and the like. */
export function short(value: number): string {
  return value.toFixed(1);
}
