/** A record of the audit as a sentence: "queued run_agent_decision (AlphaBot)". Pure. */
import type { AuditNames, AuditRecord } from "../../api/answers.ts";
import { countText } from "../../parts/text/plural.ts";
import { spanText } from "../../parts/text/time-text.ts";
import { withQuery } from "../../parts/with-query.ts";
import { filterWords } from "../tasks/filter.ts";

type Json = Readonly<Record<string, unknown>>;
type Named = Omit<AuditNames[number], "filter"> & { readonly filter: Json | null };
export type Names = ReadonlyMap<string, Named>;
type Said = Pick<AuditRecord, "action" | "target"> & { readonly details: Json };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const isId = (text: string): boolean => UUID.test(text);

const jsonOf = (value: unknown): Json => (typeof value === "object" && value !== null ? { ...value } : {});
const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
const short = (id: string): string => (isId(id) ? `…${id.slice(-8)}` : id);
const reasonOf = (body: Json): string => (textOf(body.reason) ? `: ${textOf(body.reason)}` : "");

/** "cleanup_old_results (AlphaBot)", or the end of the id of what is gone. */
function nameIn(names: Names, id: string): string {
  const named = names.get(id);
  if (!named) return short(id);
  return named.agent === null ? named.name : `${named.name} (${named.agent})`;
}

/** The agent or tournament in some arguments. */
function aboutArgs(args: Json, names: Names): string {
  const found = ["agent_id", "tournament_id"].flatMap((key) => names.get(textOf(args[key]))?.name ?? []);
  return found.length > 0 ? ` (${found.join(" in ")})` : "";
}

function jobWords(job: Named | undefined): string {
  if (!job) return "a bulk job";
  const which = Object.entries(job.filter ?? {}).map(([key, value]): [string, string] => [
    key,
    textOf(value) || String(value),
  ]);
  const filter = Object.fromEntries(which.filter(([key]) => key !== "ids"));
  const words = Object.keys(filter).length > 0 ? ` (${filterWords(filter)})` : "";
  return `${job.name} ${countText(job.frozen ?? 0, "task")}${words}`;
}

/** The filter of a request for a bulk job. */
const filterOf = (body: Json) =>
  Object.fromEntries(Object.entries(jsonOf(body.filter)).map(([key, value]) => [key, textOf(value) || String(value)]));

function bulkWords(body: Json, names: Names): string {
  const token = textOf(body.token);
  if (token) return `confirmed: ${jobWords(names.get(token.slice(0, 36)))}`;
  if (body.abort === true) return `aborted: ${jobWords(names.get(textOf(body.bulk_id)))}`;
  const filter = filterOf(body);
  const which = Array.isArray(body.ids) ? countText(body.ids.length, "chosen task") : filterWords(filter);
  return `looked what it would ${textOf(body.action)}: ${which}`;
}

/** The system's own record of a bulk job. */
function endedWords(job: string | null, details: Json, names: Names): string {
  return `ended: ${jobWords(job === null ? undefined : names.get(job))}, ${textOf(details.done) || "0"} done`;
}

const lifecycle: Readonly<Record<string, string>> = {
  start: "started",
  pause: "paused",
  resume: "resumed",
  cancel: "cancelled",
};

export function auditWords({ action, target, details }: Said, names: Names): string {
  const body = jsonOf(details.body);
  const query = jsonOf(details.query);
  const on = target === null ? "" : nameIn(names, target);
  const named = textOf(body.name) ? ` ${textOf(body.name)}` : "";
  const countdown = typeof body.countdown === "number" && body.countdown > 0 ? `, in ${spanText(body.countdown)}` : "";
  const fields = Object.keys(body).map((key) => key.replaceAll("_", " "));
  switch (action) {
    case "POST /tasks":
      return `queued${named}${aboutArgs(jsonOf(body.args), names)}${countdown}`;
    case "POST /tasks/:id/retry":
      return body.args === undefined ? `retried ${on}${countdown}` : `ran ${on} again with other arguments${countdown}`;
    case "POST /tasks/:id/cancel":
      return `cancelled ${on}`;
    case "PATCH /tasks/:id":
      return `edited ${on}: ${fields.join(", ")}`;
    case "POST /bulk":
      return bulkWords(body, names);
    case "POST /bulk/:id/resume":
      return `resumed: ${jobWords(target === null ? undefined : names.get(target))}`;
    case "POST /queues/:name/pause":
      return `paused the queue ${on}${reasonOf(body)}`;
    case "POST /queues/:name/resume":
      return `resumed the queue ${on}`;
    case "POST /queues/:name/purge":
      return body.token === undefined ? `looked what a purge of ${on} would revoke` : `purged ${on}`;
    case "POST /queues/:name/redrive":
      return body.dry_run === false
        ? `sent the dead letters of ${on} once more`
        : `looked at the dead letters of ${on}`;
    case "PATCH /queues/:name":
      return body.max_running === null
        ? `took the limit of ${on} away`
        : `limited ${on} to ${textOf(body.max_running)} at once`;
    case "POST /schedules/:name/run":
      return `ran the schedule ${on}`;
    case "POST /schedules/:name/pause":
      return `paused the schedule ${on}${reasonOf(body)}`;
    case "POST /schedules/:name/resume":
      return `resumed the schedule ${on}`;
    case "POST /agents":
      return `made the agent${named}`;
    case "PATCH /agents/:id":
      return `changed the agent ${on}: ${fields.join(", ")}`;
    case "DELETE /agents/:id":
      return `deleted the agent ${on}`;
    case "POST /agents/:id/recover":
      return `recovered ${on}${aboutArgs(query, names)}`;
    case "POST /agents/:id/run":
      return `had ${on} decide${aboutArgs(query, names)}`;
    case "POST /tournaments":
      return `${textOf(query.dry_run) === "true" ? "checked" : "made"} the tournament${named}`;
    case "PATCH /tournaments/:id":
      return `changed the tournament ${on}: ${fields.join(", ")}`;
    case "POST /tournaments/:id/initialize":
      return `entered ${Array.isArray(body.agent_ids) ? countText(body.agent_ids.length, "agent") : "agents"} into ${on}`;
    case "POST /tournaments/:id/start":
    case "POST /tournaments/:id/pause":
    case "POST /tournaments/:id/resume":
    case "POST /tournaments/:id/cancel":
      return `${lifecycle[action.slice(action.lastIndexOf("/") + 1)]} the tournament ${on}`;
    case "DELETE /tournaments/:id":
      return `deleted the tournament ${on}`;
    case "DELETE /tournaments/:id/agents/:agent_id":
      return `took an agent out of ${on}`;
    case "POST /tournaments/:id/invites":
      return `made an invite to ${on}`;
    case "DELETE /invites/:id":
      return "revoked an invite";
    case "POST /join":
      return `joined ${on}${named && ` as${named}`}`;
    case "POST /agents/:id/resume":
      return `let ${on} go on${aboutArgs(query, names)}`;
    case "POST /agents/:id/practice":
      return `began a practice of ${on}`;
    case "POST /agents/:id/webhook/test":
      return `tested the webhook of ${on}`;
    case "POST /agents/:id/webhook/rotate":
      return `replaced the webhook's secret of ${on}`;
    case "POST /keys":
      return `made the key${named}`;
    case "POST /keys/:id/rotate":
      return `replaced the key ${on}`;
    case "DELETE /keys/:id":
      return `revoked the key ${on}`;
    case "POST /candle-sources":
      return `uploaded candles: ${textOf(query.name)}`;
    case "POST /session":
      return "signed in";
    case "DELETE /session":
      return "signed out";
    default:
      return action.startsWith("bulk.") ? endedWords(target, details, names) : general(action, on);
  }
}

/** "POST /agents/:id/keys" is "keys: agent AlphaBot". An action of the system has a name of its own. */
function general(action: string, on: string): string {
  const [method = "", path = ""] = action.split(" ");
  if (path === "") return on ? `${action.replaceAll(".", " ")} ${on}` : action.replaceAll(".", " ");
  const parts = path.split("/").filter((part) => part !== "" && !part.startsWith(":"));
  const [resource = "", ...verbs] = parts;
  const verb =
    verbs.join(" ") || ({ POST: "made", PATCH: "changed", PUT: "changed", DELETE: "deleted" }[method] ?? method);
  return `${verb.replaceAll("-", " ")}: ${resource.replace(/s$/, "")} ${on}`.trim();
}

const pages = { task: "/ops/tasks", bulk: "/ops/bulk", agent: "/a", tournament: "/t" } as const;
const pageOf = ({ kind, id }: Named): string => `${pages[kind]}/${id}`;

/** The page of what was acted on. Null where there is none. */
export function auditPath({ action, target }: Said, names: Names): string | null {
  if (target === null) return null;
  const named = names.get(target);
  if (named) return pageOf(named);
  if (action.includes("/schedules/:name")) return `/ops/schedules/${target}`;
  return action.includes("/queues/:name") ? "/ops/queues" : null;
}

interface Thing {
  readonly name: string | null;
  readonly href: string | null;
  /** To copy. */
  readonly id: string | null;
}

/** The thing that a row is about. A request that makes something has no id in its path, so its body says what it makes, and for whom. */
export function auditThings(said: Said, names: Names): readonly Thing[] {
  const { action, target, details } = said;
  if (target !== null) {
    const name = names.get(target)?.name ?? (isId(target) ? null : target);
    return [{ name, href: auditPath(said, names), id: isId(target) ? target : null }];
  }
  const body = jsonOf(details.body);
  const made = textOf(body.name);
  switch (action) {
    case "POST /bulk": {
      const job = textOf(body.token).slice(0, 36) || textOf(body.bulk_id);
      if (isId(job)) return [{ name: null, href: `/ops/bulk/${job}`, id: job }];
      const filter = filterOf(body);
      const some = Object.keys(filter).length > 0;
      return some ? [{ name: "the tasks that match", href: withQuery("/ops/tasks", filter), id: null }] : [];
    }
    case "POST /tasks": {
      const args = jsonOf(body.args);
      const about = ["agent_id", "tournament_id"].flatMap((key) => names.get(textOf(args[key])) ?? []);
      if (about.length > 0) return about.map((named) => ({ name: named.name, href: pageOf(named), id: null }));
      return made === "" ? [] : [{ name: made, href: withQuery("/ops/tasks", { name: made }), id: null }];
    }
    case "POST /agents":
      return made === "" ? [] : [{ name: made, href: withQuery("/a", { q: made }), id: null }];
    case "POST /keys":
      return made === "" ? [] : [{ name: made, href: "/ops/keys", id: null }];
    default:
      return made === "" ? [] : [{ name: made, href: null, id: null }];
  }
}
