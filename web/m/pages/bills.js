// Party dues: one's own bills, and an administrator's list where payments are written down.
import { newKey, read, send } from "../api.js";
import { ask } from "../dialog.js";
import { toast } from "../dom.js";
import { amount, monthName, thisMonth, today, yuan } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { administered } from "../session.js";
import { badge, button, cell, cells, figures, monthPicker, pager, segments } from "../ui.js";
import { billStates, options, payments, word } from "../words.js";

export async function myBills() {
  const { items } = await read("/me/bills");
  return {
    title: "我的党费",
    body: cells(items.map((b) => cell({ title: monthName(b.month), sub: [yuan(b.amount_fen), basis(b), paid(b)], side: state(b) })), "还没有党费账单"),
    back: "#/me",
  };
}

const size = 50;

export async function bills({ query }) {
  const month = query.month ?? thisMonth();
  const state = query.state ?? "";
  const { items, total, sums } = await read("/dues/bills", { month, state, page: query.page, size });
  return {
    title: "党费",
    body: [
      monthPicker(month, (m) => replace(withQuery({ month: m, state }))),
      segments([["", "全部"], ...Object.entries(billStates)], state, (s) => replace(withQuery({ month, state: s }))),
      figures(["账单", sums.count], ["未缴", sums.unpaid], ["已收", yuan(sums.paid_fen)]),
      cells(items.map(line), "没有符合条件的账单"),
      pager(query.page, size, total, (page) => withQuery({ ...query, page })),
    ],
    back: "#/work",
  };
}

const basis = (b) => (b.base_fen ? `核定基数 ${yuan(b.base_fen)}，比例 ${b.rate_bp / 100}%` : null);
const paid = (b) => (b.paid_on ? `${b.paid_on} ${word(payments, b.method)}缴纳` : null);
const state = (b) => badge(word(billStates, b.state), b.state === "UNPAID" ? "warn" : "good");

function line(b) {
  const payable = b.state === "UNPAID" && administered().length > 0;
  return cell({
    title: b.member_name,
    sub: [b.org_name, yuan(b.amount_fen), paid(b)],
    side: [state(b), payable && button("登记缴费", () => pay(b), "small")],
  });
}

async function pay(bill) {
  const key = newKey(); // one for this dialog: sending it twice records one payment
  const paid = await ask({
    title: "登记缴费",
    text: `${bill.member_name}　${monthName(bill.month)}党费 ${yuan(bill.amount_fen)}`,
    fields: [
      { name: "method", label: "缴费方式", type: "select", options: options(payments).filter((o) => o.value !== "WECHAT") },
      { name: "paid_on", label: "缴费日期", type: "date", required: true, value: today() },
      { name: "amount_fen", label: "金额（元）", type: "money", required: true, value: amount(bill.amount_fen) },
      { name: "transaction_no", label: "流水号", max: 64, hint: "转账时填写" },
    ],
    submit: "登记",
    run: (values) => send(`/dues/bills/${bill.id}/payment`, values, { "Idempotency-Key": key }),
  });
  if (!paid) return;
  toast("已登记缴费");
  await refresh();
}
