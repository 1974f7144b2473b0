/**
 * Answers every round that Agonus sends to it, with Node 22.18 or newer. Its secret comes with its making or joining:
 *   WEBHOOK_SECRET=whsec_… PORT=8080 node webhook.ts
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";

const secret = Buffer.from((process.env.WEBHOOK_SECRET ?? "").replace("whsec_", ""), "base64");
const BYTES_MAX = 1_000_000;
const SECONDS_OFF_MAX = 300;

/** Standard Webhooks: HMAC-SHA256 of "id.timestamp.body". While a secret is changed there are two signatures. */
function isGenuine(headers: IncomingHttpHeaders, body: string): boolean {
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) =>
    String(headers[`webhook-${name}`]),
  );
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= SECONDS_OFF_MAX)) return false;
  const expected = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest();
  return (signatures ?? "").split(" ").some((signature) => {
    const given = Buffer.from(signature.replace("v1,", ""), "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

interface Round {
  round: { number: number };
  market: Record<string, { price: string }>;
  portfolio: { cash: string; positions: { symbol: string }[] };
}

/** Buys a tenth of the cash's worth of each asset that it does not have, and holds. */
function decide({ round, market, portfolio }: Round) {
  const held = portfolio.positions.map(({ symbol }) => symbol);
  const amount = (Number(portfolio.cash) / 10).toFixed(2);
  const missing = Object.keys(market).filter((symbol) => !held.includes(symbol));
  const orders = missing.map((symbol) => ({ side: "buy", symbol, amount }));
  return { round: round.number, orders, reasoning: orders.length === 0 ? "Everything is held." : "Some of each." };
}

const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) {
    body += chunk;
    if (body.length > BYTES_MAX) return request.destroy();
  }
  if (!isGenuine(request.headers, body)) return response.writeHead(401).end();
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(decide(JSON.parse(body))));
});
server.listen(Number(process.env.PORT ?? 8080), () => console.log("Waiting for rounds.", server.address()));
