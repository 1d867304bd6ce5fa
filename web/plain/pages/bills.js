// 党费账单: what is to be paid, branch by branch; where money that was received is written down, and mistakes are cancelled.
import { newKey, read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { amount, monthName, thisMonth, today, yuan } from "../format.js";
import { go, refresh, replace, withQuery } from "../router.js";
import { administered, has } from "../session.js";
import { button, cell, cells, figures, link, listPicker, monthPicker, pager, segments } from "../ui.js";
import { ages, billStates, options, payments, word } from "../words.js";
import { billBadge } from "./mydues.js";
import { orgOptions, roots } from "./orgchoice.js";

const size = 50;
const paths = [["", "全部"], ["RECORDED", "待复核"], ["OPEN", "支付中"], ["NONE", "无人缴纳"]];

export async function bills({ query }) {
  const { page, label, ...rest } = query;
  const filter = rest.month || rest.from || rest.to ? rest : { month: thisMonth(), ...rest };
  const [{ items, total, sums }, orgs] = await Promise.all([read("/dues/bills", { ...filter, page, size }), orgOptions(filter.org_id, roots("dues_collector"))]);
  const choose = (change) => replace(withQuery({ ...filter, label, ...change }));
  return {
    title: "党费账单",
    body: [
      listPicker("组织", [{ value: "", label: "全部" }, ...orgs], filter.org_id ?? "", (org_id) => choose({ org_id })),
      filter.month && monthPicker(filter.month, (month) => choose({ month })),
      label && link(`只看“${label}”　取消`, withQuery({ org_id: filter.org_id, month: filter.month })),
      !filter.age && segments([["", "全部"], ...Object.entries(billStates)], filter.state ?? "", (state) => choose({ state, payment_state: "" })),
      filter.state === "UNPAID" && segments(paths, filter.payment_state ?? "", (payment_state) => choose({ payment_state })),
      filter.age && h("p", { class: "sub" }, `截至${monthName(filter.month ?? filter.to ?? thisMonth())}，欠缴${word(ages, filter.age)}的账单`),
      figures(["账单", sums.count], ["未缴", sums.unpaid], ["应缴", yuan(sums.payable_fen)], ["已缴", yuan(sums.paid_fen)]),
      cells(items.map(line), "没有符合条件的账单"),
      pager(page, size, total, (p) => withQuery({ ...query, page: p })),
    ],
    back: "#/work",
  };
}

const paid = (b) => (b.paid_on ? `${b.paid_on} ${word(payments, b.method)}` : null);

function line(b) {
  const sub = [b.org_name, `${monthName(b.month)}　${b.category_title}`, paid(b), b.note && "作废原因：" + b.note];
  const side = [h("span", { class: "number" }, yuan(b.amount_fen)), billBadge(b)];
  if (b.payment_id) return cell({ title: b.member_name, sub, side, href: "#/work/payments/" + b.payment_id });
  const dues = `#/work/members/${b.member_id}/dues`;
  if (b.state !== "UNPAID" || !collects()) return cell({ title: b.member_name, sub, side, href: dues });
  return cell({ title: h("a", { class: "plain-link", href: dues }, b.member_name), sub, side, below: button("登记缴纳", () => record([b]), "small") });
}

// collects and above leave out what this person certainly may not do; the server decides.
export const collects = () => has("dues_collector") || administered().some((r) => r.level === "BRANCH");
export const above = (b) => administered().some((r) => r.org_id !== b.org_id);

// record writes down money that was received for bills of one member, each whole. A second person confirms it.
export async function record(bills) {
  const key = newKey(); // one for this dialog: sending it twice records one payment
  const fen = bills.reduce((sum, b) => sum + b.amount_fen, 0);
  const first = bills[0];
  const made = await ask({
    title: "登记缴纳",
    text: `${first.member_name}　${bills.map((b) => monthName(b.month)).join("、")}党费 ${yuan(fen)}\n登记后须由另一人复核，复核通过才算缴纳。`,
    fields: [
      { name: "method", label: "缴纳方式", type: "select", options: options(payments).filter((o) => o.value !== "WECHAT") },
      { name: "paid_on", label: "缴纳日期", type: "date", required: true, value: today() },
      { name: "amount_fen", label: "金额（元）", type: "money", required: true, value: amount(fen) },
      { name: "transaction_no", label: "流水号", max: 64, hint: "转账时填写" },
      { name: "override_reason", label: "超期补缴理由", type: "textarea", rows: 2, max: 500, hint: "补缴月份超过规定时填写，由上级党委管理员复核" },
    ],
    submit: "登记",
    run: (values) => (bills.length === 1 ? send(`/dues/bills/${first.id}/payment`, values, { "Idempotency-Key": key })
      : send("/dues/payments", { ...values, bill_ids: bills.map((b) => b.id) }, { "Idempotency-Key": key })),
  });
  if (!made) return;
  toast("已登记，等待另一人复核");
  if (bills.length > 1) go("#/work/payments/" + made.id);
  else await refresh();
}

// cancel takes a bill back that was made by mistake.
export async function cancel(bill) {
  const done = await ask({
    title: "作废账单", text: `${bill.member_name}　${monthName(bill.month)}党费 ${yuan(bill.amount_fen)}\n作废后该月不再生成账单。`,
    fields: [{ name: "reason", label: "作废原因", type: "textarea", rows: 3, required: true, max: 500 }], submit: "确认作废",
    run: (values) => send(`/dues/bills/${bill.id}/cancel`, values),
  });
  if (done) await refresh();
}
