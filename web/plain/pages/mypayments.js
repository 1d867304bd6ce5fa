// 缴费记录: what was paid and what came of it, and the year in one table.
import { read, send } from "../api.js";
import { h, toast } from "../dom.js";
import { monthName, thisMonth, when, yuan } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { me } from "../session.js";
import { badge, button, buttons, card, cell, cells, figures, link, listPicker, pager, pairs, table } from "../ui.js";
import { payments, paymentStates, word } from "../words.js";
import { billBadge, cancelPayment, payBills } from "./mydues.js";

const size = 20;
export const paymentTones = { OPEN: "warn", RECORDED: "warn", SETTLED: "good", REVERSED: "bad", SURPLUS: "bad", REFUNDED: "bad" };
export const paymentBadge = (state) => badge(word(paymentStates, state), paymentTones[state]);

export async function myPayments({ query }) {
  const { items, total } = await read("/me/payments", { page: query.page, size });
  return {
    title: "缴费记录",
    body: [
      cells(items.map((p) => cell({
        title: p.description || months(p.bills), sub: [`${yuan(p.amount_fen)}　${word(payments, p.method)}`, p.paid_on ?? when(p.recorded_at)], side: paymentBadge(p.state), href: "#/me/payments/" + p.id,
      })), "还没有缴费记录"),
      pager(query.page, size, total, (page) => withQuery({ page })),
    ],
    back: "#/me/bills",
  };
}

const months = (bills) => [...new Set(bills.map((b) => monthName(b.month)))].join("、") + "党费";

const outcomes = {
  OPEN: "尚未收到微信的支付结果。如已支付，请稍候片刻后刷新。", RECORDED: "党支部已登记，等待另一人复核。", SETTLED: "缴纳成功，感谢您按时缴纳党费。", CLOSED: "该笔支付已关闭，没有收取党费。",
  REVERSED: "该笔缴纳已冲销，党费需重新缴纳。", SURPLUS: "该笔款项与其他缴纳重复，将原路退回。", REFUNDED: "该笔款项已原路退回。",
};

export async function myPayment({ params }) {
  const p = await read(`/me/payments/${params.id}`);
  const own = p.payer_id === me().member?.id;
  const open = p.state === "OPEN" && own;
  return {
    title: "缴费详情",
    body: [
      card(null, h("div", { class: "headline" }, h("strong", { class: "big-figure" }, yuan(p.amount_fen)), paymentBadge(p.state)), h("p", { class: "said", role: "status" }, outcomes[p.state]),
        p.state === "SETTLED" && link("查看收据", "#/me/receipts/" + p.id, "main"),
        open && buttons(button("继续支付", () => payBills(p.bills.map((b) => b.bill_id))), button("查询结果", () => query(p.id), "plain"), button("撤销支付", () => cancelPayment(p.id), "plain"))),
      card("缴纳内容", cells(p.bills.map((b) => cell({ title: monthName(b.month), sub: b.member_name, side: [h("span", { class: "number" }, yuan(b.amount_fen)), !b.live && p.state === "SETTLED" && badge("已退回", "bad")] })))),
      card("登记信息", pairs(["缴费编号", p.number], ["党支部", p.org_name], ["缴纳人", p.payer_name], ["缴纳方式", word(payments, p.method)], ["缴纳日期", p.paid_on],
        ["流水号", p.transaction_no], ["提交时间", when(p.recorded_at)], ["有效期至", p.state === "OPEN" && when(p.expires_at)], ["到账时间", p.settled_at && when(p.settled_at)],
        ["结束时间", p.ended_at && when(p.ended_at)], ["原因", p.reason])),
    ],
    back: "#/me/payments",
    again: open ? 5000 : 0,
  };
}

async function query(id) {
  const { state } = await send(`/me/payments/${id}/query`);
  if (state === "OPEN") toast("还没有收到支付结果");
  await refresh();
}

export async function statement({ query: asked }) {
  const year = asked.year ?? thisMonth().slice(0, 4);
  const s = await read("/me/dues/statement", { year });
  const years = Array.from({ length: 5 }, (_, i) => String(Number(thisMonth().slice(0, 4)) - i));
  return {
    title: "年度缴纳情况",
    body: [
      listPicker("年度", years.map((y) => ({ value: y, label: y + "年" })), year, (y) => replace(withQuery({ year: y }))),
      card(`${me().member.name}　${year}年党费`, figures(["应缴", yuan(s.payable_fen)], ["已缴", yuan(s.paid_fen)], ["未缴", yuan(s.unpaid_fen)]),
        table(["月份", "金额", "状态", "缴纳日期"], s.months.map((m) => [`${Number(m.month.slice(5))}月`, m.state ? yuan(m.amount_fen) : "—", m.state ? billBadge(m) : "—", m.paid_on ?? "—"]))),
      s.payments.length > 0 && card("收据", cells(s.payments.map((p) => cell({
        title: p.months.map((m) => `${Number(m.slice(5))}月`).join("、"), sub: [p.receipt_no, `${p.paid_on}　${word(payments, p.method)}`], side: h("span", { class: "number" }, yuan(p.amount_fen)), href: "#/me/receipts/" + p.id,
      })))),
      h("div", { class: "screen" }, button("打印", () => print(), "plain")),
    ],
    back: "#/me/bills",
  };
}
