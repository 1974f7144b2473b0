/** The orders of a decision, each with its outcome. */
import type { OrderItem } from "../../api/answers.ts";
import { Chip } from "../../parts/chip.tsx";
import { Money, Price, Quantity } from "../../parts/text/numbers.tsx";
import { baseOf, codeSentence } from "../words.ts";

/** "buy 120.00 of BTC", "sell 0.5 ETH". */
export function OrderWords({ order }: { readonly order: Pick<OrderItem, "side" | "symbol" | "amount"> }) {
  const base = baseOf(order.symbol);
  return (
    <span className="order-words">
      <span className={`side ${order.side}`}>{order.side}</span>{" "}
      {order.side === "buy" ? (
        <>
          {base} for <Money value={order.amount} />
        </>
      ) : (
        <>
          <Quantity value={order.amount} /> {base}
        </>
      )}
    </span>
  );
}

export function OrderList({ orders }: { readonly orders: readonly OrderItem[] }) {
  return (
    <ul className="orders">
      {orders.map((order) => (
        <li key={order.seq}>
          <OrderWords order={order} />
          <Outcome order={order} />
        </li>
      ))}
    </ul>
  );
}

function Outcome({ order }: { readonly order: OrderItem }) {
  const { state, fill, code } = order;
  if (state === "filled" && fill) {
    return (
      <span className="outcome">
        <Chip tone="good">filled</Chip>
        <span>
          <Quantity value={fill.quantity} /> at <Price value={fill.price} />, fee <Money value={fill.fee} />
        </span>
      </span>
    );
  }
  if (state === "refused") {
    return (
      <span className="outcome">
        <Chip tone="bad">refused</Chip>
        <span>
          {codeSentence(code ?? "")} <span className="soft mono">{code}</span>
        </span>
      </span>
    );
  }
  return (
    <span className="outcome">
      <Chip tone={state === "open" ? "wait" : "plain"}>{state === "open" ? "waits for the quote" : state}</Chip>
    </span>
  );
}
