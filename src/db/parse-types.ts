/** How values of PostgreSQL come to code, the same through Neon's driver and through pg: see Query. */
const INT8 = 20;
const NUMERIC = 1700;
const TIMESTAMPTZ = 1184;
const JSON_TYPE = 114;
const JSONB = 3802;

type Parse = (text: string) => unknown;

/** "2025-06-01 00:00:00.123456+00" → "2025-06-01T00:00:00.123Z"; 'infinity' stays. */
function isoTime(text: string): string {
  if (text === "infinity" || text === "-infinity") return text;
  const iso = text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00");
  return new Date(iso).toISOString();
}

/** The parser of a type's object id, or undefined where the driver's own will do. */
export function parserOf(oid: number): Parse | undefined {
  switch (oid) {
    case INT8:
      return Number;
    case NUMERIC:
      return String;
    case TIMESTAMPTZ:
      return isoTime;
    case JSON_TYPE:
    case JSONB:
      return (text) => JSON.parse(text);
    default:
      return undefined;
  }
}
