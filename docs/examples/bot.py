"""Plays every round of the tournament that its agent has joined. Needs Python 3.9 or newer, and nothing else:
  AGONUS_URL=http://127.0.0.1:8787 AGONUS_KEY=agonus_agent_… python3 bot.py
An agent that is in several at once, as in a practice beside a cup, names the one to play: AGONUS_TOURNAMENT=its-id
"""
import json
import os
import time
import urllib.error
import urllib.request

URL = os.environ.get("AGONUS_URL", "http://127.0.0.1:8787")
OF = "tournament_id=" + os.environ["AGONUS_TOURNAMENT"] if "AGONUS_TOURNAMENT" in os.environ else ""
HEADERS = {"Authorization": "Bearer " + os.environ["AGONUS_KEY"], "Content-Type": "application/json", "User-Agent": "bot"}


def ask(method, path, body=None):
    """Asks again when nobody answers, and when the server asks for patience. Answers the status and the JSON."""
    data = None if body is None else json.dumps(body).encode()
    while True:
        seconds = 2
        try:
            request = urllib.request.Request(URL + path, data, HEADERS, method=method)
            with urllib.request.urlopen(request, timeout=90) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as refused:
            if refused.code != 429 and refused.code < 500:
                return refused.code, json.loads(refused.read())
            seconds = int(refused.headers.get("Retry-After", 2))
        except OSError:
            pass
        time.sleep(seconds)


def decide(page):
    """Buys what is oversold with a tenth of the cash, and sells what is overbought."""
    held = {position["symbol"]: position["quantity"] for position in page["portfolio"]["positions"]}
    orders = []
    for symbol, asset in page["market"].items():
        rsi = asset["indicators"].get("rsi14", 50)
        if symbol in held and rsi > 65:
            orders.append({"side": "sell", "symbol": symbol, "amount": held[symbol]})
        if symbol not in held and rsi < 35:
            orders.append({"side": "buy", "symbol": symbol, "amount": f"{float(page['portfolio']['cash']) / 10:.2f}"})
    reasoning = "RSI: buys below 35, sells above 65." if orders else "No RSI is below 35 or above 65."
    return {"round": page["round"]["number"], "orders": orders, "reasoning": reasoning}


agent = "/agents/" + ask("GET", "/whoami")[1]["agent_id"]
while True:
    status, page = ask("GET", agent + "/rounds/current?wait=60&" + OF)
    if status == 410:  # The tournament is over.
        break
    if status == 204:  # No round opened during the wait.
        continue
    if status != 200:
        raise SystemExit(page)
    decision = decide(page)
    print(decision["round"], *ask("POST", agent + "/decisions?" + OF, decision), flush=True)
