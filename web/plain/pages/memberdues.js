// 一名党员的党费: bills, what the amount rests on, reliefs; where it is assessed and money is written down.
import { read, send } from "../api.js";
import { h, toast } from "../dom.js";
import { form } from "../form.js";
import { monthName, thisMonth, when, yuan } from "../format.js";
import { go } from "../router.js";
import { badge, button, buttons, card, cell, cells, empty, link, listPicker, pairs, pick, segments } from "../ui.js";
import { duesCategories, options, payments, word } from "../words.js";
import { above, cancel, collects, record } from "./bills.js";
import { billBadge, itemLine } from "./mydues.js";
import { soft } from "./orgchoice.js";
import { askRelief, reliefCard } from "./reliefs.js";
import { recordSpecial } from "./specials.js";

export async function memberDues({ params }) {
  const id = params.id;
  const [m, assessed, bills, reliefs] = await Promise.all([
    soft(read(`/members/${id}`)), soft(read(`/members/${id}/assessments`)), soft(read("/dues/bills", { member_id: id, size: 60 })), soft(read("/dues/reliefs", { member_id: id, size: 20 })),
  ]);
  const name = m?.name ?? bills?.items[0]?.member_name ?? "党员";
  return {
    title: name + "的党费",
    wide: true,
    body: [
      card(null, h("div", { class: "headline" }, h("strong", null, name), h("span", { class: "sub" }, m?.org_name ?? "")),
        assessed && collects() && buttons(link("核定党费", `#/work/members/${id}/assess`, "main"), button("申请减免", () => askRelief(id, name), "plain"), button("登记大额党费", () => recordSpecial(Number(id), name), "plain"))),
      bills && unpaid(bills.items.filter(free)),
      assessed && card("核定记录", assessed.items.length === 0 ? empty("还没有核定") : h("ol", { class: "timeline" }, assessed.items.map(assessment))),
      reliefs && reliefs.items.map((r) => reliefCard(r)),
      bills && card("账单", cells(bills.items.map((b) => cell({
        title: monthName(b.month), sub: [b.category_title, b.paid_on && `${b.paid_on} ${word(payments, b.method)}`], side: [h("span", { class: "number" }, yuan(b.amount_fen)), billBadge(b)],
        href: b.payment_id && "#/work/payments/" + b.payment_id, below: free(b) && above(b) && button("作废", () => cancel(b), "small"),
      })), "没有账单")),
    ],
    back: "#/work/members/" + id,
  };
}

// free tells whether a bill is to be paid and nobody pays it now.
const free = (b) => b.state === "UNPAID" && b.payment_state === "";

function unpaid(bills) {
  if (bills.length === 0 || !collects()) return null;
  const lines = bills.map((b) => pick({ value: b.id, title: monthName(b.month), side: h("span", { class: "number" }, yuan(b.amount_fen)), checked: true }));
  return card("登记缴纳", h("div", { class: "cells" }, lines), button("登记所选账单", async () => {
    const taken = bills.filter((_, i) => lines[i].querySelector("input").checked);
    if (taken.length === 0) return toast("请选择账单");
    await record(taken);
  }));
}

function assessment(a) {
  return h("li", null, h("p", { class: "step-name" }, `${monthName(a.effective_month)}起每月 ${yuan(a.amount_fen)}`, a.replaced_at && badge("已更正", "bad"), a.imported && badge("导入")),
    basis(a), a.items.length > 0 && h("details", null, h("summary", null, "收入项目"), a.items.map(itemLine)),
    h("p", { class: "sub" }, `${a.by_name || "系统"}核定于 ${when(a.created_at)}` + (a.replaced_at ? `，${a.replaced_by_name}更正于 ${when(a.replaced_at)}` : "")));
}

const basis = (a) => pairs(["类别", a.category_title || word(duesCategories, a.category)], ["上季度纯收入", a.quarter_net_fen > 0 && yuan(a.quarter_net_fen)], ["计算基数", a.base_fen > 0 && yuan(a.base_fen)],
  ["缴纳比例", a.rate_bp > 0 && a.rate_bp / 100 + "%"], ["依据", a.clause], ["原因", a.reason]);

// What each category asks for: the name of the value and its label; the others ask for nothing.
const asks = {
  SALARIED: ["base_fen", "月计算基数（元）"], ANNUAL_SALARY: ["base_fen", "当月实际领取的薪酬（元）"], RETIRED: ["base_fen", "每月实领离退休费或养老金（元）"],
  VILLAGE_CADRE_ALLOWANCE: ["base_fen", "每月固定补贴（元）"], SELF_EMPLOYED: ["quarter_net_fen", "上季度纯收入合计（元）"], FARMER: ["set_fen", "支部核定金额（元）"],
};

export async function assess({ params }) {
  const id = Number(params.id);
  const [m, before] = await Promise.all([read(`/members/${params.id}`), read(`/members/${params.id}/assessments`)]);
  const { items } = await read(`/orgs/${m.org_id}/dues-items`);
  const last = before.items.find((a) => !a.replaced_at);
  const kinds = Object.fromEntries(Object.entries(duesCategories).filter(([code]) => code !== "EXEMPT" && code !== "REDUCED"));
  const question = h("div");
  const result = h("div", { role: "status", "aria-live": "polite" });
  const at = { category: kinds[last?.category] ? last.category : "SALARIED", byItems: false };
  const show = () => {
    result.replaceChildren();
    const own = items.filter((i) => i.category === at.category);
    question.replaceChildren(...[own.length > 0 && segments([["", "直接填写基数"], ["yes", "按收入项目填写"]], at.byItems ? "yes" : "", (v) => { at.byItems = v === "yes"; show(); }),
      form({ fields: fields(at, own), submit: "试算", run: (values) => preview(id, body(at, own, values), result) })].filter(Boolean));
  };
  show();
  return {
    title: "核定党费",
    body: [
      card(m.name, last && h("p", { class: "sub" }, `现行核定：${monthName(last.effective_month)}起，${last.category_title}，每月 ${yuan(last.amount_fen)}`),
        listPicker("党员类别", options(kinds), at.category, (c) => { at.category = c; at.byItems = false; show(); })),
      h("section", { class: "card stack" }, question), result,
    ],
    back: `#/work/members/${params.id}/dues`,
  };
}

function fields(at, own) {
  const [name, label] = asks[at.category] ?? [];
  const amounts = at.byItems ? own.map((i) => ({ name: "item." + i.code, label: `${i.title}（元）`, type: "money", hint: { INCLUDE: "计入基数", DEDUCT: "从基数中扣除", IGNORE: "不计入基数" }[i.treatment] }))
    : name ? [{ name, label, type: "money", required: true }] : [];
  return [...amounts, { name: "effective_month", label: "生效月份", type: "month", required: true, value: thisMonth() }, { name: "reason", label: "核定原因", type: "textarea", rows: 2, max: 500 },
    { name: "correction", label: "更正（原核定有误，从生效月份起改正）", type: "checkbox" }];
}

function body(at, own, values) {
  const given = { category: at.category, effective_month: values.effective_month, reason: values.reason, correction: values.correction };
  if (!at.byItems) return { ...given, base_fen: values.base_fen, quarter_net_fen: values.quarter_net_fen, set_fen: values.set_fen };
  const items = own.map((i) => ({ code: i.code, amount_fen: values["item." + i.code] })).filter((i) => i.amount_fen !== undefined);
  if (items.length === 0) throw new Error("请至少填写一个收入项目");
  return { ...given, items };
}

// preview shows what an assessment comes to, and keeps exactly that once it is confirmed.
async function preview(id, given, result) {
  result.replaceChildren();
  const p = await send("/dues/assessments/preview", { member_id: id, ...given });
  result.replaceChildren(card("试算结果", h("p", null, h("strong", { class: "big-figure" }, yuan(p.amount_fen)), " 每月"), p.items.map(itemLine), basis({ ...p, category: given.category, reason: "" }),
    h("p", { class: "sub" }, `自${monthName(given.effective_month)}起生效；未缴的当月和以后账单随之调整，已缴的不变。`),
    button("确认核定", async () => {
      await send(`/members/${id}/assessments`, given);
      toast("已核定");
      go(`#/work/members/${id}/dues`);
    })));
  result.scrollIntoView({ block: "nearest" });
}
