// 党费收缴情况: how collection stands, unit by unit; each number opens its list, each unit the next level.
import { read, text } from "../api.js";
import { h } from "../dom.js";
import { monthName, thisMonth, yuan } from "../format.js";
import { replace, withQuery } from "../router.js";
import { may } from "../session.js";
import { bar, card, empty, figures, link, listPicker, monthPicker, pairs, percent, table } from "../ui.js";
import { ages, word } from "../words.js";
import { orgOptions, roots } from "./orgchoice.js";

export async function collection({ query }) {
  const id = query.org_id ?? roots()[0]?.id;
  if (!id) return { title: "收缴情况", body: empty("没有可以查看的组织"), back: "#/work" };
  const month = query.to ?? query.month ?? thisMonth();
  const span = query.from && query.from < month ? { from: query.from, to: month } : { month };
  const [t, orgs] = await Promise.all([read("/dues/collection", { org_id: id, ...span }), orgOptions(id)]);
  const choose = (change) => replace(withQuery({ org_id: id, ...span, ...change }));
  const f = t.total;
  const to = (filter, label) => list(t.org_id, span, filter, label);
  return {
    title: "党费收缴情况",
    wide: true,
    body: [
      listPicker("组织", orgs, String(id), (org_id) => choose({ org_id })),
      monthPicker(month, (m) => replace(withQuery({ org_id: id, month: m }))),
      card(`${t.org_name}　${t.from === t.to ? "" : monthName(t.from) + "至"}${monthName(t.to)}`, h("div", { class: "headline" }, h("strong", { class: "big-figure" }, percent(f.rate_bp)), h("span", { class: "sub" }, `按笔数 ${percent(f.count_rate_bp)}`)), bar(f.rate_bp),
        figures(["应缴", yuan(f.payable_fen)], ["已缴", yuan(f.paid_fen)], ["未缴", yuan(f.unpaid_fen)]),
        pairs(["未缴账单", open(f.unpaid, to({ state: "UNPAID" }, "未缴"))], ["其中待复核", f.awaiting > 0 && open(f.awaiting, to({ state: "UNPAID", payment_state: "RECORDED" }, "待复核"))],
          ["免缴", f.exempt > 0 && open(f.exempt, to({ state: "EXEMPT" }, "免缴"))], ["微信支付", `${f.online} 笔，占 ${percent(f.online_share_bp)}`],
          ["未核定党员", f.unassessed > 0 && open(f.unassessed, may("dues") && "#/work/unassessed" + text({ org_id: t.org_id, month }))])),
      card(`截至${monthName(month)}的欠缴`, table(["欠缴时间", "党员", "账单", "金额"], f.arrears.map((a) => [word(ages, a.band), String(a.members), open(a.bills, list(t.org_id, { month }, { age: a.band }, "欠缴" + word(ages, a.band))), yuan(a.fen)])),
        link("欠缴名单", "#/work/arrears" + text({ org_id: t.org_id }))),
      h("section", { class: "whole card" }, h("h2", { class: "card-title" }, "各组织"), t.rows.length === 0 ? empty("没有下级组织") : units(t, span)),
    ],
    back: "#/work",
  };
}

// list is the address of the bills that a number counts, for who may see single bills.
const list = (orgId, span, filter, label) => may("dues") && "#/work/bills" + text({ org_id: orgId, ...span, label, ...filter });

const open = (n, href) => (n > 0 && href ? h("a", { href }, String(n)) : String(n));

function units(t, span) {
  const month = t.to;
  const heads = ["组织", "账单", "应缴", "已缴", "收缴率", "未缴", "待复核", ...Object.values(ages).map((a) => "欠" + a), "未核定"];
  return table(heads, t.rows.map((r) => {
    const deeper = r.org_type === "BRANCH" || r.org_id === t.org_id ? list(r.org_id, span, {}, "") : "#/work/dues" + text({ org_id: r.org_id, ...span });
    return [
      deeper ? h("a", { href: deeper }, r.org_id === t.org_id && t.rows.length > 1 ? r.org_name + "（本级）" : r.org_name) : r.org_name, String(r.bills), yuan(r.payable_fen), yuan(r.paid_fen), percent(r.rate_bp),
      open(r.unpaid, list(r.org_id, span, { state: "UNPAID" }, "未缴")), open(r.awaiting, list(r.org_id, span, { state: "UNPAID", payment_state: "RECORDED" }, "待复核")),
      ...r.arrears.map((a) => open(a.bills, list(r.org_id, { month }, { age: a.band }, "欠缴" + word(ages, a.band)))),
      open(r.unassessed, may("dues") && "#/work/unassessed" + text({ org_id: r.org_id, month })),
    ];
  }));
}
