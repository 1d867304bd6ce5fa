// 欠缴: members who are behind, the steps that were reached, talks, and the decision that closes a case.
import { read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { monthName, today, when, yuan } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { badge, button, buttons, card, cell, cells, listPicker, pager, pairs, segments, table } from "../ui.js";
import { arrearsOutcomes, arrearsStates, arrearsSteps, billStates, options, word } from "../words.js";
import { orgOptions, roots } from "./orgchoice.js";

const size = 50;
const tones = { BRANCH: "", COMMITTEE: "warn", CASE: "bad" };

export async function arrears({ query }) {
  const { page, ...given } = query;
  const filter = { state: "OPEN", ...given };
  const choose = (change) => replace(withQuery({ ...filter, ...change }));
  const [{ items, total }, orgs] = await Promise.all([read("/dues/arrears", { ...filter, page, size }), orgOptions(filter.org_id, roots("dues_collector"))]);
  return {
    title: "党费欠缴",
    body: [
      listPicker("组织", [{ value: "", label: "全部" }, ...orgs], filter.org_id ?? "", (org_id) => choose({ org_id })),
      segments(Object.entries(arrearsStates), filter.state, (state) => choose({ state })),
      segments([["", "全部"], ...Object.entries(arrearsSteps)], filter.step ?? "", (step) => choose({ step })),
      cells(items.map((a) => cell({
        title: a.member_name, sub: [a.org_name, `${monthName(a.since_month)}起，连续 ${a.months} 个月`, a.due_on && `限期改正 ${a.due_on}`, a.awaiting_months > 0 && `其中 ${a.awaiting_months} 个月已登记待复核`],
        side: [a.unpaid_fen !== null && h("span", { class: "number" }, yuan(a.unpaid_fen)), a.state === "OPEN" ? badge(word(arrearsSteps, a.step), tones[a.step]) : badge(word(arrearsOutcomes, a.outcome), "good")],
        href: "#/work/arrears/" + a.id,
      })), "没有欠缴的党员"),
      pager(page, size, total, (p) => withQuery({ ...query, page: p })),
    ],
    back: "#/work",
  };
}

export async function arrearsCase({ params }) {
  const a = await read(`/dues/arrears/${params.id}`);
  return {
    title: "欠缴情况",
    body: [
      card(null, h("div", { class: "headline" }, h("strong", null, a.member_name), badge(a.state === "OPEN" ? word(arrearsSteps, a.step) : word(arrearsStates, a.state), a.state === "OPEN" ? tones[a.step] || "warn" : "good")),
        pairs(["党支部", a.org_name], ["连续欠缴", `${a.months} 个月，自${monthName(a.since_month)}`], ["截至", a.counted_on], ["尚未缴清", `${a.unpaid_months} 个月`], ["待复核", a.awaiting_months > 0 && `${a.awaiting_months} 个月`],
          ["欠缴金额", a.unpaid_fen !== null && yuan(a.unpaid_fen)], ["限期改正", a.due_on], ["处理结果", a.outcome && word(arrearsOutcomes, a.outcome)], ["说明", a.note],
          ["关闭", a.closed_at && `${when(a.closed_at)} ${a.closed_by}`]),
        a.actions.length > 0 && buttons(a.actions.includes("note") && button("登记谈话", () => note(a)), a.actions.includes("close") && button("处理结果", () => close(a), "plain"))),
      a.bills.length > 0 && card("月份", table(["月份", "金额", "状态"], a.bills.map((b) => [monthName(b.month), yuan(b.amount_fen), b.awaiting ? badge("待复核", "warn") : badge(word(billStates, b.state), b.state === "PAID" ? "good" : "warn")]))),
      card("提醒节点", h("ol", { class: "timeline" }, a.steps.map((s) => h("li", null, h("p", { class: "step-name" }, word(arrearsSteps, s.step), h("span", { class: "sub" }, when(s.at))), h("p", { class: "sub" }, `计至${monthName(s.month)}`))))),
      card("谈话记录", cells(a.notes.map((n) => cell({ title: n.text, sub: [`${n.held_on}　${n.by || "系统"}`, n.due_on && `限期改正 ${n.due_on}`] })), "还没有谈话记录")),
      h("p", { class: "sub centre" }, "平台只提醒和记录，是否按自行脱党处理由党组织研究决定。"),
    ],
    back: "#/work/arrears",
  };
}

async function note(a) {
  const done = await ask({
    title: `与${a.member_name}谈话`,
    fields: [{ name: "held_on", label: "谈话日期", type: "date", required: true, value: today() }, { name: "text", label: "谈话情况", type: "textarea", rows: 4, required: true, max: 1000 },
      { name: "due_on", label: "限期改正日期", type: "date" }],
    submit: "登记", run: (values) => send(`/dues/arrears/${a.id}/notes`, values),
  });
  if (!done) return;
  toast("已登记谈话");
  await refresh();
}

async function close(a) {
  const { PAID: _, ...choices } = arrearsOutcomes;
  const done = await ask({
    title: "处理结果", text: "关闭欠缴记录不改变账单，也不改变党籍。",
    fields: [{ name: "outcome", label: "处理结果", type: "select", options: options(choices) }, { name: "note", label: "说明", type: "textarea", rows: 4, required: true, max: 1000 }],
    submit: "关闭欠缴记录", run: (values) => send(`/dues/arrears/${a.id}/close`, { ...values, version: a.version }),
  });
  if (done) await refresh();
}
