/** The flags of `npm start` and `npm run dev`. */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { isVenueName, type VenueName, venueNames } from "../../core/venue-names.ts";
import { venueIntervals } from "../../core/venue-rules.ts";
import type { LogLevel } from "../../local/log-levels.ts";
import { dataFlag, intervalSeconds, isLoopback, logLevelFlag, portNumber } from "../flag-values.ts";
import { type CommandLine, describeCommand, type Environment, readCommand } from "../read-command.ts";

export const DEFAULT_INTERVAL_SECONDS = 5;

/** The markets that a live tournament can run on. */
export const startMarkets = ["synthetic", ...venueNames] as const;
export type StartMarket = (typeof startMarkets)[number];

/** A language model that speaks chat completions. */
export interface StartModel {
  readonly url: string;
  readonly name: string;
  /** Null: it takes no key. */
  readonly key: string | null;
  readonly host: string;
  readonly loopback: boolean;
}

export interface StartOptions {
  /** Null when the flag is not given. A running tournament then keeps its own interval. */
  readonly intervalSeconds: number | null;
  /** Null when the flag is not given. The running tournament then keeps its own market. */
  readonly market: StartMarket | null;
  /** Addresses in place of the venues' own, for tests. */
  readonly venueUrls: Readonly<Partial<Record<VenueName, string>>>;
  /** From the variable WEBHOOK_LOOPBACK: webhooks may go to this machine. */
  readonly webhookLoopback: boolean;
  /** Enters two agents that think by this model. Null: none. */
  readonly model: StartModel | null;
  readonly port: number;
  readonly dataDir: string;
  readonly reset: boolean;
  /** Confirms that the tournament under way is cancelled when it has another interval or market. */
  readonly yes: boolean;
  readonly json: boolean;
  readonly watch: boolean;
  readonly logLevel: LogLevel;
}

function startCommand(name: string) {
  return describeCommand({
    name,
    summary: "Starts all of Agonus on this machine, with a live tournament under way.",
    example: `${name} --interval 1m --port 9000`,
    notes: `Ctrl-C ends everything. The next start continues where this one ended.
Exit codes: 0 ended as asked; 1 failed; 2 bad input.`,
  })
    .option("--interval <time>", "time between rounds, such as 5s, 1m or 5m (default: 5s)", intervalSeconds)
    .addOption(new Option("--market <name>", "what the house cup runs on (default: synthetic)").choices(startMarkets))
    .option("--venue-url <name=url>", "ask another address in place of a venue's own (for tests)", venueUrl, {})
    .option("--llm-url <url>", "enter two agents that think by a language model at this address", httpUrl)
    .option("--llm-model <name>", "the model's name at that address")
    .option("--llm-key-env <name>", "the variable of the shell that holds the model's key")
    .option("--port <number>", "port of the HTTP API and the pages, on 127.0.0.1", portNumber, 8787)
    .addOption(dataFlag("folder of the database, the logs and the operator key"))
    .option("--reset", "remove the tournaments of the data folder and begin anew", false)
    .option(
      "--yes",
      "with --interval or --market: cancel the tournament under way, whose rules are frozen, and begin a new one",
      false,
    )
    .option("--json", 'one JSON line on stdout when ready: {"url", "operator_key", "tournament_id"}', false)
    .option("--watch", "reload the Worker when its source changes (npm run dev)", false)
    .addOption(logLevelFlag("info"));
}

/** The address before /chat/completions. */
function httpUrl(text: string): string {
  const url = /^https?:\/\/[^\s'"]{1,500}$/.test(text) ? URL.parse(text) : null;
  if (url?.username !== "" || url.password !== "")
    throw new InvalidArgumentError("It must be an address such as http://127.0.0.1:11434/v1.");
  return text;
}

function modelOf(
  flags: {
    readonly llmUrl?: string | undefined;
    readonly llmModel?: string | undefined;
    readonly llmKeyEnv?: string | undefined;
  },
  environment: Environment,
  refuse: (why: string) => never,
): StartModel | null {
  const { llmUrl, llmModel, llmKeyEnv } = flags;
  if (llmUrl === undefined) {
    if (llmModel !== undefined || llmKeyEnv !== undefined) refuse("--llm-model and --llm-key-env need --llm-url.");
    return null;
  }
  if (llmModel === undefined) return refuse("--llm-url needs --llm-model, the model's name there.");
  const key = llmKeyEnv === undefined ? null : environment[llmKeyEnv];
  if (key === undefined || key === "") return refuse(`The variable ${llmKeyEnv} of --llm-key-env is not set.`);
  const { host, hostname } = new URL(llmUrl);
  return { url: llmUrl, name: llmModel, key, host, loopback: isLoopback(hostname) };
}

/** "coinbase=http://127.0.0.1:9000", once a venue. */
function venueUrl(text: string, before: Readonly<Partial<Record<VenueName, string>>>) {
  const [name = "", url = ""] = [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)];
  if (!isVenueName(name) || !/^https?:\/\/[^\s'"]{1,500}$/.test(url) || !URL.canParse(url)) {
    throw new InvalidArgumentError(
      `It must be a venue and its address, such as ${venueNames[0]}=http://127.0.0.1:9000.`,
    );
  }
  return { ...before, [name]: url };
}

export function parseStartArgs(
  argv: readonly string[],
  environment: Environment = process.env,
): CommandLine<StartOptions> {
  const name = environment.npm_lifecycle_event === "dev" ? "npm run dev --" : "npm start --";
  return readCommand(startCommand(name), argv, environment, (given, _, refuse) => {
    const { data, interval = null, market = null, venueUrl: venueUrls, llmUrl, llmModel, llmKeyEnv, ...flags } = given;
    if (market !== null && market !== "synthetic" && interval !== null && !venueIntervals.includes(interval)) {
      refuse(`A live venue has rounds of 1m, 5m, 15m, 1h, 4h or 1d: --interval 1m --market ${market}`);
    }
    const { WEBHOOK_LOOPBACK = "" } = environment;
    if (!["", "true", "false"].includes(WEBHOOK_LOOPBACK))
      refuse("The variable WEBHOOK_LOOPBACK must be true or false.");
    const webhookLoopback = WEBHOOK_LOOPBACK === "true";
    const model = modelOf({ llmUrl, llmModel, llmKeyEnv }, environment, refuse);
    return { ...flags, market, model, venueUrls, webhookLoopback, intervalSeconds: interval, dataDir: data };
  });
}
