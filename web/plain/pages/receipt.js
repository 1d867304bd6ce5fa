// 党费收据: to be printed by who paid, and to be checked by anybody who holds it.
import { read, readOpen } from "../api.js";
import { h } from "../dom.js";
import { form } from "../form.js";
import { monthName, yuan } from "../format.js";
import { person } from "../platform.js";
import { badge, button, card, pairs, table } from "../ui.js";
import { payments, word } from "../words.js";

export async function receipt({ params }) {
  const r = await read(`/me/payments/${params.id}/receipt`);
  const check = `${location.origin}/m/#/receipt`;
  return {
    title: "党费收据",
    body: [
      h("article", { class: "card receipt" }, h("h2", null, "党费收据"), facts(r), lines(r),
        h("p", { class: "receipt-sum" }, h("span", null, "合计（大写）"), h("strong", null, r.amount)), h("p", { class: "receipt-sum" }, h("span", null, "合计（小写）"), h("strong", { class: "number" }, yuan(r.amount_fen))),
        pairs(["收款单位", r.org_name], ["校验码", h("code", null, r.code)], ["核验网址", h("code", null, check)]),
        h("p", { class: "sub" }, "凭缴费编号和校验码可在上述网址核验本收据。")),
      h("div", { class: "screen" }, button("打印收据", () => print())),
    ],
    back: "#/me/payments/" + params.id,
  };
}

const facts = (r) => pairs(["缴费编号", h("span", { class: "number" }, r.number)], ["缴纳人", r.payer_name], ["缴纳日期", r.paid_on], ["缴纳方式", word(payments, r.method)]);

const lines = (r) => table(["党员", "所属月份", "金额"], r.bills.map((b) => [b.member_name, monthName(b.month), [yuan(b.amount_fen), b.returned && " （已退回）"].filter(Boolean)]));

export async function checkReceipt({ query }) {
  const result = h("div", { role: "status", "aria-live": "polite" });
  const look = async ({ number, code }) => {
    result.replaceChildren();
    const r = await readOpen(`/dues/receipts/${encodeURIComponent(number)}`, { code });
    result.replaceChildren(card(null, h("div", { class: "headline" }, h("strong", null, r.stands ? "收据属实" : "收据已作废"), badge(r.status, r.status === "有效" ? "good" : "bad")), facts(r), lines(r),
      h("p", { class: "receipt-sum" }, h("span", null, "合计"), h("strong", null, r.amount)), pairs(["收款单位", r.org_name])));
  };
  const question = form({
    fields: [{ name: "number", label: "缴费编号", required: true, max: 64, value: query.number }, { name: "code", label: "校验码", required: true, max: 64, value: query.code, placeholder: "ABCD-EFGH-JKMN-PQRS" }],
    submit: "核验",
    run: async (values) => {
      if (values.number === "" || values.code === "") throw new Error("请填写缴费编号和校验码");
      await look(values);
    },
  });
  if (query.number && query.code) setTimeout(() => question.requestSubmit());
  return {
    title: "核验党费收据",
    body: [card(null, h("p", { class: "sub" }, "填写收据上的缴费编号和校验码，查看收据是否属实、是否仍然有效。"), question), result, person === "" && h("a", { class: "button plain screen", href: "/", target: "_top" }, "回到首页")],
    back: person && "#/",
  };
}
