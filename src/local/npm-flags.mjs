/**
 * `npm start --port 9000`, without the `--`, reaches us in pieces: npm takes the flag (npm_config_port, its value `true` since
 * npm 11, `9000` before) and may leave the value among the arguments. This puts them together again.
 */
const VALUE_FLAGS = {
  port: /^\d{1,5}$/,
  interval: /^\d+(\.\d+)?(ms|s|m|h|d)$/,
  "log-level": /^(debug|info|warn|error)$/,
  rounds: /^\d+$/,
  seed: /./,
  data: /./,
  candles: /./,
  agents: /./,
  start: /^\d{4}-/,
  tournament: /^[0-9a-f-]{36}$/,
};
const SWITCHES = ["reset", "json", "watch"];

/**
 * The arguments as they were meant, or `{ problem }` with the sentence that says the right command.
 * `script` is what comes after `npm`: "start", or "run ledger".
 */
export function argumentsOf(argv, environment, script) {
  const config = (name) => environment[`npm_config_${name.replaceAll("-", "_")}`];
  const given = [];
  const bare = [];
  for (const name of Object.keys(VALUE_FLAGS)) {
    const value = config(name);
    if (value === "true" || value === "") bare.push(name);
    else if (value !== undefined) given.push(`--${name}=${value}`);
  }
  for (const name of SWITCHES) if (config(name) === "true") given.push(`--${name}`);
  const dash = argv.findIndex((argument) => argument.startsWith("-"));
  const loose = argv.slice(0, dash < 0 ? argv.length : dash);
  const rest = argv.slice(loose.length);
  if (bare.length === 0) return { args: [...loose, ...given, ...rest] };
  const matched = matchByShape(bare, loose);
  if (matched === null) {
    return {
      problem: `npm kept some flags for itself and mixed up their values. Write: npm ${script} -- ${bare.map((name) => `--${name} VALUE`).join(" ")}`,
    };
  }
  return { args: [...matched, ...given, ...rest] };
}

/** Which value belongs to which flag: only when there is exactly one way, for npm doesn't keep the order. */
function matchByShape(names, values) {
  if (names.length !== values.length) return null;
  const ways = permutations(values).filter((order) =>
    names.every((name, index) => VALUE_FLAGS[name].test(order[index])),
  );
  const strict =
    ways.length > 1 ? ways.filter((order) => names.every((name, index) => isPlain(name, order[index]))) : ways;
  return strict.length === 1 ? names.map((name, index) => `--${name}=${strict[0][index]}`) : null;
}

/** A folder's or file's name that looks like another flag's value is more likely that other one. */
function isPlain(name, value) {
  if (VALUE_FLAGS[name].source !== ".") return true;
  return !Object.values(VALUE_FLAGS).some((shape) => shape.source !== "." && shape.test(value));
}

function permutations(values) {
  if (values.length <= 1 || values.length > 5) return [values];
  return values.flatMap((value, index) => permutations(values.toSpliced(index, 1)).map((others) => [value, ...others]));
}
