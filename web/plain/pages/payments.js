// 缴费复核: money that was written down and waits for a second person, what was paid, and what goes back.
import { read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { monthName, when, yuan } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { badge, button, buttons, card, cell, cells, figures, listPicker, pager, pairs, segments } from "../ui.js";
import { auditActions, billStates, payments as methods, refundStates, word } from "../words.js";
import { paymentBadge } from "./mypayments.js";
import { orgOptions, roots } from "./orgchoice.js";

const size = 50;

export async function payments({ query }) {
  const { page, ...given } = query;
  const filter = { state: "RECORDED", ...given };
  const choose = (change) => replace(withQuery({ ...filter, ...change }));
  const [list, orgs] = await Promise.all([
    filter.state === "REFUNDS" ? read("/dues/refunds", { org_id: filter.org_id, state: filter.refund, page, size })
      : read("/dues/payments", { ...filter, state: filter.state === "ALL" ? "" : filter.state, page, size }), orgOptions(filter.org_id, roots("dues_collector"))]);
  const states = [["RECORDED", "待复核"], ["SETTLED", "已缴纳"], ["REFUNDS", "退款"], ["OPEN", "支付中"], ["SURPLUS", "待退回"], ["REVERSED", "已冲销"], ["ALL", "全部"]];
  return {
    title: "缴费复核",
    body: [
      listPicker("组织", [{ value: "", label: "全部" }, ...orgs], filter.org_id ?? "", (org_id) => choose({ org_id })),
      segments(states, filter.state, (state) => choose({ state, refund: "", method: "" })),
      ...(filter.state === "REFUNDS" ? [
        segments([["", "全部"], ...Object.entries(refundStates)], filter.refund ?? "", (refund) => choose({ refund })),
        list.items.length === 0 ? h("p", { class: "empty" }, "没有退款") : list.items.map(refundCard),
      ] : [
        segments([["", "全部方式"], ...Object.entries(methods)], filter.method ?? "", (method) => choose({ method })),
        h("section", { class: "card" }, figures(["待复核", list.sums.recorded], ["待复核金额", yuan(list.sums.recorded_fen)], ["已缴纳", yuan(list.sums.settled_fen)]),
          list.sums.settled > 0 && pairs(["现金", yuan(list.sums.cash_fen)], ["转账", yuan(list.sums.transfer_fen)], ["微信支付", yuan(list.sums.wechat_fen)])),
        cells(list.items.map((p) => cell({
          title: p.payer_name || p.number, sub: [p.org_name, `${word(methods, p.method)}　${p.bill_ids.length} 笔账单`, p.paid_on ? `缴纳日期 ${p.paid_on}` : when(p.recorded_at), p.recorded_by && `登记人 ${p.recorded_by}`],
          side: [h("span", { class: "number" }, yuan(p.amount_fen)), paymentBadge(p.state)], href: "#/work/payments/" + p.id,
        })), filter.state === "RECORDED" ? "没有待复核的缴费" : "没有符合条件的缴费"),
      ]),
      pager(page, size, list.total, (p) => withQuery({ ...query, page: p })),
    ],
    back: "#/work",
  };
}

export async function payment({ params }) {
  const p = await read(`/dues/payments/${params.id}`);
  return {
    title: "缴费详情",
    body: [
      card(null, h("div", { class: "headline" }, h("strong", { class: "big-figure" }, yuan(p.amount_fen)), paymentBadge(p.state)), steps(p)),
      card("账单", cells(p.bills.map((b) => cell({
        title: b.member_name, sub: monthName(b.month), side: [h("span", { class: "number" }, yuan(b.amount_fen)), b.live ? badge(word(billStates, b.state), b.state === "PAID" ? "good" : "warn") : badge("已释放")],
        href: `#/work/members/${b.member_id}/dues`,
      })))),
      p.refunds.map(refundCard),
      card("登记信息", pairs(["缴费编号", p.number], ["党支部", p.org_name], ["缴纳人", p.payer_name], ["缴纳方式", word(methods, p.method)], ["缴纳日期", p.paid_on], ["流水号", p.transaction_no],
        ["登记人", p.recorded_by], ["登记时间", when(p.recorded_at)], ["超期补缴理由", p.override_reason], ["复核人", p.settled_by], ["到账时间", p.settled_at && when(p.settled_at)],
        ["已申请退款", p.refunded_fen > 0 && yuan(p.refunded_fen)], ["结束", p.ended_at && `${when(p.ended_at)} ${p.ended_by}`], ["原因", p.reason], ["对账日期", p.reconciled_on])),
      p.history.length > 0 && card("办理记录", h("ol", { class: "timeline" }, p.history.map((s) => h("li", null, h("p", { class: "step-name" }, word(auditActions, s.action), h("span", { class: "sub" }, when(s.at))),
        s.actor && h("p", { class: "sub" }, s.actor))))),
    ],
    back: "#/work/payments",
  };
}

// steps is what may be done with a payment now. Whether this person may do it is for the server to say.
function steps(p) {
  const at = `/dues/payments/${p.id}`;
  if (p.state === "RECORDED") {
    return buttons(button("复核通过", () => act("复核通过", `确认已收到${p.payer_name}缴纳的党费 ${yuan(p.amount_fen)}？`, () => send(`${at}/confirm`))),
      button("退回", () => because("退回登记", "退回原因", (v) => send(`${at}/reject`, v)), "warn"));
  }
  if (p.state === "OPEN") return buttons(button("关闭支付单", () => because("关闭支付单", "关闭原因", (v) => send(`${at}/close`, v)), "warn"));
  if (p.method === "WECHAT" && ["SETTLED", "SURPLUS"].includes(p.state)) return buttons(button("申请退款", () => refund(p), "warn"));
  if (p.state === "SETTLED") return buttons(button("冲销", () => because("冲销缴费", "冲销原因", (v) => send(`${at}/reverse`, v)), "warn"));
  return null;
}

async function act(title, text, run) {
  if (!await ask({ title, text, submit: "确认", run })) return;
  toast("已办理");
  await refresh();
}

async function because(title, label, run, name = "reason") {
  if (!await ask({ title, fields: [{ name, label, type: "textarea", rows: 3, required: true, max: 200 }], submit: "确认", run })) return;
  toast("已办理");
  await refresh();
}

async function refund(p) {
  const choices = p.bills.filter((b) => b.live).map((b) => ({ value: b.bill_id, label: `${b.member_name}　${monthName(b.month)}　${yuan(b.amount_fen)}` }));
  const done = await ask({
    title: "申请退款", text: "退款须由另一人审批，批准后由微信原路退回。",
    fields: [choices.length > 0 && { name: "bill_id", label: "退回的账单", type: "select", numeric: true, none: "全部", options: choices },
      { name: "reason", label: "退款原因", type: "textarea", rows: 3, required: true, max: 200 }].filter(Boolean),
    submit: "提交", run: (values) => send(`/dues/payments/${p.id}/refunds`, values),
  });
  if (!done) return;
  toast("已提交，等待审批");
  await refresh();
}

function refundCard(r) {
  return card(null, h("div", { class: "headline" }, h("strong", null, `退款 ${yuan(r.amount_fen)}`), badge(word(refundStates, r.state), { DONE: "good", FAILED: "bad", REQUESTED: "warn", APPROVED: "warn" }[r.state])),
    pairs(["党员", r.member_name && `${r.member_name}　${r.month ? monthName(r.month) : ""}`], ["党支部", r.org_name], ["缴费编号", h("a", { href: "#/work/payments/" + r.payment_id }, r.number)], ["原因", r.reason],
      ["申请", `${r.requested_by || "平台"}　${when(r.requested_at)}`], ["审批", r.decided_at && `${r.decided_by}　${when(r.decided_at)}`], ["意见", r.note], ["完成时间", r.finished_at && when(r.finished_at)], ["微信答复", r.error]),
    r.state === "REQUESTED" && buttons(button("同意退款", () => approve(r)), button("驳回", () => because("驳回退款", "驳回理由", (v) => send(`/dues/refunds/${r.id}/reject`, v), "note"), "warn")));
}

async function approve(r) {
  const done = await ask({
    title: "同意退款", text: `${yuan(r.amount_fen)} 将由微信原路退回。`, fields: [{ name: "note", label: "审批意见", type: "textarea", rows: 2, max: 200 }], submit: "同意",
    run: (values) => send(`/dues/refunds/${r.id}/approve`, values),
  });
  if (done) await refresh();
}
