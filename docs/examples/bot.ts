/**
 * Plays every round of the tournament that its agent has joined, with Node 22.18 or newer:
 *   AGONUS_URL=http://127.0.0.1:8787 AGONUS_KEY=agonus_agent_… node bot.ts
 * An agent that is in several at once, as in a practice beside a cup, names the one to play: AGONUS_TOURNAMENT=its-id
 */
import { setTimeout as sleep } from "node:timers/promises";

const url = process.env.AGONUS_URL ?? "http://127.0.0.1:8787";
const of = process.env.AGONUS_TOURNAMENT ? `tournament_id=${process.env.AGONUS_TOURNAMENT}` : "";
const headers = { authorization: `Bearer ${process.env.AGONUS_KEY}`, "content-type": "application/json" };

interface Round {
  round: { number: number };
  market: Record<string, { price: string; indicators: Record<string, number> }>;
  portfolio: { cash: string; positions: { symbol: string; quantity: string }[] };
}

/** Asks again when nobody answers, and when the server asks for patience. Other refusals end the bot. */
async function ask(method: string, path: string, body?: object): Promise<Response> {
  for (;;) {
    const text = body && JSON.stringify(body);
    const answer = await fetch(new URL(path, url), { method, headers, ...(text && { body: text }) }).catch(() => null);
    if (answer && answer.status !== 429 && answer.status < 500) return answer;
    await answer?.body?.cancel();
    await sleep(Number(answer?.headers.get("retry-after") ?? 2) * 1000);
  }
}

/** Buys what is oversold with a tenth of the cash, and sells what is overbought. */
function decide({ round, market, portfolio }: Round) {
  const orders: { side: string; symbol: string; amount: string }[] = [];
  for (const [symbol, { indicators }] of Object.entries(market)) {
    const rsi = indicators.rsi14 ?? 50;
    const held = portfolio.positions.find((position) => position.symbol === symbol);
    if (held && rsi > 65) orders.push({ side: "sell", symbol, amount: held.quantity });
    if (!held && rsi < 35) orders.push({ side: "buy", symbol, amount: (Number(portfolio.cash) / 10).toFixed(2) });
  }
  const reasoning = orders.length === 0 ? "No RSI is below 35 or above 65." : "RSI: buys below 35, sells above 65.";
  return { round: round.number, orders, reasoning };
}

const { agent_id }: { agent_id: string } = await (await ask("GET", "/whoami")).json();
for (;;) {
  const answer = await ask("GET", `/agents/${agent_id}/rounds/current?wait=60&${of}`);
  if (answer.status === 410) break; // The tournament is over.
  if (answer.status === 204) continue; // No round opened during the wait.
  if (!answer.ok) throw new Error(await answer.text());
  const decision = decide(await answer.json());
  const stored = await ask("POST", `/agents/${agent_id}/decisions?${of}`, decision);
  console.log(decision.round, stored.status, (await stored.text()).trim());
}
