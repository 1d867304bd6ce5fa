// 党费减免: asked for by the branch, decided one level up with a decision's number.
import { read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { monthName, thisMonth, today, when, yuan } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { administered } from "../session.js";
import { badge, button, buttons, card, empty, listPicker, pager, pairs, segments } from "../ui.js";
import { options, reliefKinds, reliefStates, word } from "../words.js";
import { collects } from "./bills.js";
import { orgOptions, roots } from "./orgchoice.js";

const size = 30;

export async function reliefs({ query }) {
  const { page, ...given } = query;
  const filter = { state: "PENDING", ...given };
  const choose = (change) => replace(withQuery({ ...filter, ...change }));
  const [{ items, total }, orgs] = await Promise.all([read("/dues/reliefs", { ...filter, state: filter.state === "ALL" ? "" : filter.state, page, size }), orgOptions(filter.org_id, roots("dues_collector"))]);
  return {
    title: "党费减免",
    body: [
      listPicker("组织", [{ value: "", label: "全部" }, ...orgs], filter.org_id ?? "", (org_id) => choose({ org_id })),
      segments([...Object.entries(reliefStates), ["ALL", "全部"]], filter.state, (state) => choose({ state })),
      items.length === 0 ? empty("没有减免申请") : items.map((r) => reliefCard(r, true)),
      h("p", { class: "sub centre" }, "申请减免：在党员名册中打开党员，进入“党费”。"),
      pager(page, size, total, (p) => withQuery({ ...query, page: p })),
    ],
    back: "#/work",
  };
}

export function reliefCard(r, named) {
  const above = administered().some((a) => a.org_id !== r.org_id && ["COMMITTEE", "CITY"].includes(a.level));
  return card(named ? null : "减免", h("div", { class: "headline" }, named ? h("a", { href: `#/work/members/${r.member_id}/dues` }, h("strong", null, r.member_name)) : h("strong", null, word(reliefKinds, r.category)),
    badge(word(reliefStates, r.state), { PENDING: "warn", APPROVED: "good", REJECTED: "bad" }[r.state])),
  pairs(["党支部", named && r.org_name], ["类别", named && word(reliefKinds, r.category)], ["减缴后金额", r.category === "REDUCED" && `每月 ${yuan(r.amount_fen)}`],
    ["期限", `${monthName(r.from_month)}至${monthName(r.to_month)}`], ["困难情况", r.reason], ["支部研究日期", r.studied_on], ["申请", `${r.requested_by}　${when(r.requested_at)}`],
    ["审批", r.decided_at && `${r.decided_by}　${when(r.decided_at)}`], ["批复文号", r.decision_no], ["批复意见", r.decision_note]),
  r.state === "PENDING" && buttons(above && button("批准", () => approve(r)), above && button("不予批准", () => reject(r), "warn"), collects() && button("撤回申请", () => withdraw(r), "plain")));
}

async function approve(r) {
  const done = await ask({
    title: "批准减免", text: `${r.member_name}　${monthName(r.from_month)}至${monthName(r.to_month)}${word(reliefKinds, r.category)}`,
    fields: [{ name: "decision_no", label: "批复文号", required: true, max: 100 }, { name: "note", label: "批复意见", type: "textarea", rows: 2, max: 500 }],
    submit: "批准", run: (values) => send(`/dues/reliefs/${r.id}/approve`, values),
  });
  if (done) await refresh();
}

async function reject(r) {
  const done = await ask({
    title: "不予批准", text: r.member_name, fields: [{ name: "note", label: "不予批准的原因", type: "textarea", rows: 3, required: true, max: 500 }],
    submit: "确认", run: (values) => send(`/dues/reliefs/${r.id}/reject`, values),
  });
  if (done) await refresh();
}

async function withdraw(r) {
  if (await ask({ title: "撤回申请", text: `确认撤回${r.member_name}的减免申请？`, run: () => send(`/dues/reliefs/${r.id}/withdraw`) })) await refresh();
}

// askRelief asks the committee for a relief, as the branch has studied it.
export async function askRelief(memberId, name) {
  const made = await ask({
    title: `为${name}申请减免党费`, text: "须先由党支部研究同意，报上一级党委批准。",
    fields: [
      { name: "category", label: "减免类别", type: "select", options: options(reliefKinds) },
      { name: "amount_fen", label: "减缴后每月金额（元）", type: "money", hint: "减缴时填写，免缴不填" },
      { name: "from_month", label: "起始月份", type: "month", required: true, value: thisMonth() }, { name: "to_month", label: "截止月份", type: "month", required: true, value: thisMonth() },
      { name: "studied_on", label: "支部研究日期", type: "date", required: true, value: today() }, { name: "reason", label: "困难情况", type: "textarea", rows: 3, required: true, max: 500 },
    ],
    submit: "提交", run: (values) => send(`/members/${memberId}/reliefs`, values),
  });
  if (!made) return;
  toast("已提交，等待上级党委审批");
  await refresh();
}
