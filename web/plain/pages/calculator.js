// The public dues calculator: what would be due this month, and why. It needs nobody signed in and keeps nothing.
import { readOpen } from "../api.js";
import { form } from "../form.js";
import { h } from "../dom.js";
import { yuan } from "../format.js";
import { person } from "../platform.js";
import { card, pairs } from "../ui.js";
import { duesCategories, options } from "../words.js";

// What each category asks for: the name of the query value, and its label; the others ask for nothing.
const asks = {
  SALARIED: ["base_fen", "月计算基数（元）"], ANNUAL_SALARY: ["base_fen", "当月实际领取的薪酬（元）"], RETIRED: ["base_fen", "每月实领离退休费或养老金（元）"],
  VILLAGE_CADRE_ALLOWANCE: ["base_fen", "每月固定补贴（元）"], SELF_EMPLOYED: ["quarter_net_fen", "上季度纯收入合计（元）"], FARMER: ["set_fen", "支部核定金额（元，0.20 至 1.00）"],
};

export async function calculator() {
  const result = h("div", { role: "status", "aria-live": "polite" });
  const question = h("div");
  const ask = (category) => {
    result.replaceChildren();
    const [name, label] = asks[category] ?? [];
    question.replaceChildren(form({
      fields: name ? [{ name, label, type: "money", required: true }] : [],
      submit: "计算",
      run: async (values) => result.replaceChildren(shown(await readOpen("/dues/calculator", { category, ...values }))),
    }));
  };
  const kinds = Object.fromEntries(Object.entries(duesCategories).filter(([code]) => code !== "EXEMPT" && code !== "REDUCED"));
  const list = h("select", { id: "category", onchange: (e) => ask(e.target.value) }, options(kinds).map((o) => h("option", { value: o.value }, o.label)));
  ask("SALARIED");
  return {
    title: "党费计算器",
    body: [
      card(null, h("div", { class: "field" }, h("label", { for: "category" }, "党员类别"), list), question),
      result,
      h("p", { class: "sub centre" }, "结果仅供参考，以党支部核定为准。"), person === "" && h("a", { class: "button plain", href: "/", target: "_top" }, "回到首页"),
    ],
    back: person && "#/",
  };
}

function shown(due) {
  return card("每月应缴", h("p", { class: "big-figure" }, yuan(due.amount_fen)),
    pairs(["计算基数", due.base_fen > 0 && yuan(due.base_fen)], ["缴纳比例", due.rate_bp > 0 && due.rate_bp / 100 + "%"], ["依据", due.clause]));
}
