// 季度对比: how a quarter was collected against the quarter before, and what is to be put right.
import { read, text } from "../api.js";
import { h } from "../dom.js";
import { quarterName, quarterOf, thisMonth, when, yuan } from "../format.js";
import { replace, withQuery } from "../router.js";
import { badge, bar, card, cell, cells, empty, figures, listPicker, pairs, percent, table } from "../ui.js";
import { orgOptions, roots } from "./orgchoice.js";

export async function quarter({ query }) {
  const id = query.org_id ?? roots()[0]?.id;
  if (!id) return { title: "季度对比", body: empty("没有可以查看的组织"), back: "#/work" };
  const given = query.quarter ?? before(quarterOf(thisMonth()));
  const at = { org_id: id, quarter: given };
  const [q, problems, orgs] = await Promise.all([read("/dues/quarters", at), read("/dues/quarters/problems", { ...at, kind: query.kind }), orgOptions(id)]);
  const choose = (change) => replace(withQuery({ ...at, ...change }));
  return {
    title: "党费收缴季度对比",
    wide: true,
    body: [
      listPicker("组织", orgs, String(id), (org_id) => choose({ org_id })),
      listPicker("季度", quarters(given).map((v) => ({ value: v, label: quarterName(v) })), given, (v) => choose({ quarter: v })),
      card(`${q.org_name}　${quarterName(q.quarter)}`, h("div", { class: "headline" }, h("strong", { class: "big-figure" }, percent(q.total.rate_bp)), change(q.total.change_bp)), bar(q.total.rate_bp),
        figures(["应缴", yuan(q.total.payable_fen)], ["已缴", yuan(q.total.paid_fen)], ["上季度", percent(q.total.previous.rate_bp)]),
        pairs(["汇总时间", q.taken_at ? when(q.taken_at) : "尚未汇总，按现在的情况计算"], ["汇总后补缴", q.total.paid_later_fen > 0 && yuan(q.total.paid_later_fen)], ["目前收缴率", q.taken_at && percent(q.total.now.rate_bp)])),
      card(`问题清单${problems.items.length > 0 ? `（${problems.items.length}）` : ""}`, cells(problems.items.map((p) => cell({
        title: p.title, sub: [p.org_name, p.sentence], href: page(p, at),
      })), "没有需要整改的问题")),
      h("section", { class: "whole card" }, h("h2", { class: "card-title" }, "各组织"), q.rows.length === 0 ? empty("没有下级组织") : table(["组织", "应缴", "已缴", "收缴率", "上季度", "变化", "汇总后补缴", "目前"], q.rows.map((r) => [
        r.org_type === "BRANCH" || r.org_id === q.org_id ? r.org_name : h("a", { href: "#/work/quarter" + text({ ...at, org_id: r.org_id }) }, r.org_name),
        yuan(r.payable_fen), yuan(r.paid_fen), percent(r.rate_bp), percent(r.previous.rate_bp), change(r.change_bp), r.paid_later_fen ? yuan(r.paid_later_fen) : "—", percent(r.now.rate_bp)]))),
      h("p", { class: "sub centre" }, "按当前隶属关系对比。收缴率按金额计算，变化以百分点计。"),
    ],
    back: "#/work",
  };
}

// change writes hundredths of a percentage point: +1.25; — where there is nothing to compare.
function change(bp) {
  if (bp === null || bp === undefined) return "—";
  if (bp === 0) return badge("持平");
  return badge(`${bp > 0 ? "上升" : "下降"} ${(Math.abs(bp) / 100).toFixed(2)}`, bp > 0 ? "good" : "bad");
}

function before(q) {
  const [year, n] = [Number(q.slice(0, 4)), Number(q.slice(-1))];
  return n === 1 ? `${year - 1}Q4` : `${year}Q${n - 1}`;
}

// quarters is this quarter and the seven before it, and the one that is looked at.
function quarters(taken) {
  const all = [quarterOf(thisMonth())];
  while (all.length < 8) all.push(before(all.at(-1)));
  return all.includes(taken) ? all : [...all, taken];
}

// Where the list behind a problem stands among the pages.
const pages = {
  "/dues/collection": "/work/dues", "/dues/quarters": "/work/quarter", "/dues/quarters/problems": "/work/quarter", "/dues/arrears": "/work/arrears", "/dues/unassessed": "/work/unassessed",
  "/dues/payments": "/work/payments", "/dues/remittances/due": "/work/dues/money", "/dues/differences": "/work/differences",
};

function page(p, at) {
  const [path, query] = p.opens.split("?");
  if (!pages[path]) return null;
  const given = new URLSearchParams(query);
  if (path === "/dues/remittances/due") given.set("tab", "due");
  if (path.startsWith("/dues/quarters") && p.org_id === Number(at.org_id)) return null; // this very page
  return `#${pages[path]}?${given}`;
}
