/** Whom a task is about: its agent, its tournament and its round, by name, each with its link. The ids are on hover. */
import { Link } from "wouter";
import type { TaskAbout } from "../../api/answers.ts";

/** Null when the task is about nobody. */
export function AboutLinks({ about }: { readonly about: TaskAbout }) {
  const { agent, tournament, round } = about;
  if (!agent && !tournament) return null;
  const entry = agent && tournament ? `/t/${tournament.id}/${agent.id}` : agent ? `/a/${agent.id}` : null;
  return (
    <span className="about">
      {agent && entry ? (
        <Link className="cut" href={entry} title={`${agent.name}\n${agent.id}`}>
          {agent.name}
        </Link>
      ) : null}
      {agent && tournament ? <span className="soft">in</span> : null}
      {tournament ? (
        <Link className="cut" href={`/t/${tournament.id}`} title={`${tournament.name}\n${tournament.id}`}>
          {tournament.name}
        </Link>
      ) : null}
      {tournament && round !== null ? (
        <span className="soft nowrap">
          round <span className="num">{round.toLocaleString("en")}</span>
        </span>
      ) : null}
    </span>
  );
}
