// 我的党费: what is to be paid and how it was worked out; to be paid here, for oneself or for somebody of the branch.
import { newKey, read, send } from "../api.js";
import { h, toast } from "../dom.js";
import { form } from "../form.js";
import { amount, monthName, when, yuan } from "../format.js";
import { pay } from "../platform.js";
import { go, refresh, replace, withQuery } from "../router.js";
import { badge, button, buttons, card, cell, cells, empty, link, pairs, pick } from "../ui.js";
import { billStates, payments, paymentStates, reliefKinds, treatments, word } from "../words.js";

const billTones = { UNPAID: "warn", PAID: "good", EXEMPT: "good" };

export async function myBills() {
  const [{ items }, due] = await Promise.all([read("/me/bills"), read("/me/payable")]);
  const ask = items[0]?.ask ?? [];
  return {
    title: "我的党费",
    body: [
      ...payable(due),
      due.pay_for_others && due.online && link("为本支部其他党员缴纳", "#/me/dues/others"),
      items.length === 0 ? empty("还没有党费账单") : card("账单", cells(items.map((b) => cell({
        title: monthName(b.month), sub: [yuan(b.amount_fen), b.paid_on && `${b.paid_on} ${word(payments, b.method)}缴纳`], side: billBadge(b), href: "#/me/bills/" + b.id,
      })))),
      cells([
        cell({ title: "缴费记录", sub: "支付结果、收据", href: "#/me/payments" }), cell({ title: "年度缴纳情况", href: "#/me/dues/statement" }),
        cell({ title: "党费计算器", href: "#/calculator" }),
      ]),
      ask.length > 0 && h("p", { class: "sub centre" }, `对核定或账单有疑问，请向${ask.join("、")}咨询。`),
    ],
    back: "#/me",
  };
}

export const billBadge = (b) => (b.state === "UNPAID" && ["OPEN", "RECORDED"].includes(b.payment_state)
  ? badge(word(paymentStates, b.payment_state), "warn") : badge(word(billStates, b.state), billTones[b.state]));

export async function payForOthers({ query }) {
  const name = query.name ?? "";
  const due = name === "" ? null : await read("/me/payable", { name });
  return {
    title: "为他人缴纳党费",
    body: [
      card(null, h("p", { class: "sub" }, "只能为本支部党员缴纳。党费按对方的账单收取，收据由缴纳人和本人分别查看。"),
        form({ fields: [{ name: "name", label: "党员姓名", type: "search", value: name, required: true, max: 50 }], submit: "查询", run: (v) => replace(withQuery(v)) })),
      due && (due.items.length === 0 ? empty("没有找到待缴的党费，请核对姓名") : payable(due)),
    ],
    back: "#/me/bills",
  };
}

// payable is the bills that can be paid now, and those that are being paid.
function payable(due) {
  const mine = due.items.filter((b) => b.payment_state === "OPEN" && b.payment_own);
  const rest = due.items.filter((b) => !mine.includes(b));
  return [...opened(mine), rest.length > 0 && choice(rest, due.online)].filter(Boolean);
}

// opened is the payments that were begun and not finished, one card each.
function opened(bills) {
  const ids = [...new Set(bills.map((b) => b.payment_id))];
  return ids.map((id) => {
    const own = bills.filter((b) => b.payment_id === id);
    return card("未完成的支付", pairs(["党费", own.map((b) => `${b.member_name}　${monthName(b.month)}　${yuan(b.amount_fen)}`).join("\n")], ["合计", yuan(sum(own))],
      ["有效期至", when(own[0].expires_at)]),
    buttons(button("继续支付", () => payBills(own.map((b) => b.bill_id))), button("撤销支付", () => cancelPayment(id), "plain")));
  });
}

const sum = (bills) => bills.reduce((fen, b) => fen + b.amount_fen, 0);

function choice(bills, online) {
  const total = h("strong", { class: "total" });
  const lines = bills.map((b) => pick({
    value: b.bill_id, title: monthName(b.month), sub: [b.member_name + (b.category_title ? "　" + b.category_title : ""), b.why], side: h("strong", { class: "number" }, yuan(b.amount_fen)),
    checked: b.payable && online, disabled: !b.payable || !online, change: () => count(),
  }));
  const taken = () => bills.filter((_, i) => lines[i].querySelector("input").checked);
  const count = () => { total.textContent = `已选 ${taken().length} 笔，合计 ${yuan(sum(taken()))}`; };
  count();
  return card("待缴党费", h("div", { class: "cells" }, lines), online
    ? [h("p", { class: "pay-line", role: "status" }, total), button("微信支付", async () => {
      if (taken().length === 0) return toast("请选择要缴纳的党费");
      await payBills(taken().map((b) => b.bill_id));
    })]
    : h("p", { class: "sub" }, "暂未开通网上缴纳，请向党支部缴纳。"));
}

// payBills opens WeChat's dialog for some bills, and shows what came of it. The same bills lead to the same order, as long as it is open.
export async function payBills(billIds) {
  const { payment, params } = await send("/me/payments", { bill_ids: billIds }, { "Idempotency-Key": newKey() });
  if (params) {
    if (!await pay(params, payment)) toast("支付没有完成，可以稍后继续");
    else await send(`/me/payments/${payment.id}/query`).catch((err) => toast(err.message));
  }
  go("#/me/payments/" + payment.id);
}

export async function cancelPayment(id) {
  await send(`/me/payments/${id}/cancel`);
  toast("已撤销支付");
  await refresh();
}

export async function myBill({ params }) {
  const b = await read(`/me/bills/${params.id}`);
  return {
    title: monthName(b.month) + "党费",
    body: [
      card(null, h("div", { class: "headline" }, h("strong", { class: "big-figure" }, yuan(b.amount_fen)), billBadge(b)),
        pairs(["党支部", b.org_name], ["党员类别", b.category_title], ["缴纳日期", b.paid_on], ["缴纳方式", b.paid_on && word(payments, b.method)]),
        b.receipt_no && link("查看收据", "#/me/receipts/" + b.payment_id)),
      card("核定情况", b.explanation && h("p", { class: "said" }, b.explanation),
        pairs(["计算基数", b.base_fen > 0 && yuan(b.base_fen)], ["上季度纯收入", b.quarter_net_fen > 0 && yuan(b.quarter_net_fen)], ["缴纳比例", b.rate_bp > 0 && b.rate_bp / 100 + "%"],
          ["核定金额", yuan(b.assessed_fen)], ["生效月份", b.assessed_from && monthName(b.assessed_from)], ["依据", b.clause]),
        b.items.length > 0 && h("div", null, b.items.map((i) => itemLine(i)))),
      b.relief && card("减免", pairs(["类别", word(reliefKinds, b.relief.category)], ["减缴后金额", b.relief.category === "REDUCED" && yuan(b.relief.amount_fen)],
        ["期限", `${monthName(b.relief.from_month)}至${monthName(b.relief.to_month)}`], ["原因", b.relief.reason], ["批复文号", b.relief.decision_no])),
      b.ask.length > 0 && h("p", { class: "sub centre" }, `有疑问请向${b.ask.join("、")}咨询。`),
    ],
    back: "#/me/bills",
  };
}

// itemLine is one item of a base, with the way in which it counts.
export const itemLine = (i) => h("p", { class: "item-line" }, h("span", null, i.title), badge(word(treatments, i.treatment)), h("span", { class: "number" }, amount(i.amount_fen)));
