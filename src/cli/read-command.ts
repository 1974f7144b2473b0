/**
 * Reads a command's arguments by its commander specification. Unknown flags and stray values are refused; of a flag that is given
 * twice, the last value counts. Nothing is printed here: the caller prints a `Stop` and ends with its code.
 */
import { Command, CommanderError, Help, type OptionValues } from "@commander-js/extra-typings";

/** The command does not run: `text` is its help (code 0) or a sentence on what is wrong with its arguments (code 2). */
export interface Stop {
  readonly kind: "stop";
  readonly code: 0 | 2;
  readonly text: string;
}

export type CommandLine<T> = { readonly kind: "run"; readonly options: T } | Stop;

export type Environment = Readonly<Record<string, string | undefined>>;

interface CommandText {
  /** As it is typed before its flags: `npm start --`. */
  readonly name: string;
  readonly summary: string;
  /** A whole command that works, shown with every refusal. */
  readonly example: string;
  /** Stands below the flags in the help: what else there is to know, and the exit codes. */
  readonly notes: string;
}

/** A command without flags yet: add them, then call `readCommand`. */
export function describeCommand({ name, summary, example, notes }: CommandText) {
  return new Command(name)
    .description(summary)
    .helpOption("-h, --help", "show this help")
    .addHelpText("after", `\n${notes}`)
    .configureHelp({
      optionDescription: (option) => new Help().optionDescription(option).replace(" (default: false)", ""),
    })
    .showHelpAfterError(`Example: ${example}\nAll flags: ${name} --help`);
}

/** `toOptions` turns the flags into what the command works with; it calls `refuse` with a sentence when they don't go together. */
export function readCommand<Args extends unknown[], Flags extends OptionValues, T>(
  command: Command<Args, Flags>,
  argv: readonly string[],
  environment: Environment,
  toOptions: (flags: Flags, args: Args, refuse: (sentence: string) => never) => T,
): CommandLine<T> {
  let help = "";
  let errors = "";
  command.exitOverride().configureOutput({
    writeOut: (text) => {
      help += text;
    },
    writeErr: (text) => {
      errors += text;
    },
    outputError: (text, write) => write(text.replace(/^error: (.)/, (_, first: string) => first.toUpperCase())),
  });
  try {
    refuseWhatNpmKept(command, argv, environment);
    command.parse(argv, { from: "user" });
    return { kind: "run", options: toOptions(command.opts(), command.processedArgs, (text) => command.error(text)) };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? { kind: "stop", code: 0, text: help } : { kind: "stop", code: 2, text: errors };
  }
}

/** Prints it and returns the exit code. */
export function printStop({ code, text }: Stop): 0 | 2 {
  (code === 0 ? process.stdout : process.stderr).write(text);
  return code;
}

/**
 * `npm start --port 9000`, without the `--`: npm takes the flag as a setting of its own (npm_config_port) and may leave the value
 * among the arguments. npm keeps no order, so no value can be given back to its flag.
 */
function refuseWhatNpmKept<Args extends unknown[], Flags extends OptionValues>(
  command: Command<Args, Flags>,
  argv: readonly string[],
  environment: Environment,
): void {
  const kept = command.options.filter(({ long = "" }) => {
    const setting = environment[`npm_config_${long.slice(2).replaceAll("-", "_")}`];
    // A flag that also stands behind `--` was passed on; the setting then comes from the user's .npmrc.
    return setting && !argv.some((argument) => argument === long || argument.startsWith(`${long}=`));
  });
  if (kept.length === 0) return;
  const names = kept.map(({ long }) => long).join(" and ");
  const flags = kept.map((option) => option.flags).join(" ");
  command.error(`npm took ${names} for itself, because flags stand behind \`--\`. Write: ${command.name()} ${flags}`);
}
