// 四率 for those who steer: by unit and month, each number with its list.
import { read } from "../api.js";
import { h } from "../dom.js";
import { monthName, thisMonth } from "../format.js";
import { replace, withQuery } from "../router.js";
import { badge, card, cell, cells, monthPicker, pager, segments } from "../ui.js";
import { categories, grades as gradeNames, rateParts, rates as rateNames, word } from "../words.js";
import { grades, ratesBy, shares, whole } from "./ratestable.js";
import { windowName } from "./supervision.js";

const size = 50;

export async function rates({ query }) {
  const span = { from: query.from ?? thisMonth().slice(0, 5) + "01", to: query.to ?? thisMonth(), department_id: query.department_id };
  const choose = (change) => replace(withQuery({ ...span, ...change }));
  const [r, units] = await Promise.all([read("/rates", span), read("/departments")]);
  const lines = (more) => (rate, part) => "#/work/rates/lines?" + new URLSearchParams(Object.entries({ ...span, ...more, rate, part }).filter(([, v]) => v !== undefined && v !== ""));
  return {
    title: "四率",
    body: [
      h("div", { class: "span" }, monthPicker(span.from, (from) => choose({ from }), "起始月份"), monthPicker(span.to, (to) => choose({ to }), "截止月份")),
      span.department_id !== undefined && segments([[span.department_id, unitName(r, units.items, span.department_id)], ["", "全部单位"]], span.department_id, (id) => choose({ department_id: id })),
      card("总计", shares(r.total, lines({}))),
      card("评价", grades(r.total, lines({})("SATISFACTION", "UNRATED"))),
      whole(card("按单位", ratesBy("单位", r.units, (u) => h("a", { class: "plain-link", href: withQuery({ ...span, department_id: String(u.department_id) }) }, u.department_name), (u) => lines({ department_id: u.department_id })))),
      whole(card("按月份", ratesBy("月份", r.months, (m) => [monthName(m.month), m.settled ? "" : h("small", null, "（未结清）")], (m) => lines({ month: m.month })))),
      h("p", { class: "sub centre" }, "点任一数字打开名单。已结清的月份不再变动。"),
    ],
    back: "#/work",
    wide: true,
  };
}

const unitName = (r, units, id) => (id === "0" ? windowName : units.find((u) => String(u.id) === id)?.name ?? "所选单位");

export async function rateLines({ query }) {
  const { page, ...filter } = query;
  const { items, total } = await read("/rates/lines", { ...filter, page, size });
  const back = new URLSearchParams(Object.entries({ from: query.from, to: query.to }).filter(([, v]) => v));
  return {
    title: word(rateNames, query.rate),
    body: [
      segments(Object.entries(rateParts).filter(([part]) => part !== "UNRATED" || query.rate === "SATISFACTION"), query.part ?? "DENOMINATOR", (part) => replace(withQuery({ ...filter, part }))),
      cells(items.map(line), "没有诉求"),
      pager(page, size, total, (p) => withQuery({ ...query, page: p })),
    ],
    back: "#/work/rates?" + back,
  };
}

function line(l) {
  const mark = l.part === "BOTH" ? badge("达到", "good") : l.part === "DENOMINATOR" ? badge("未达到", "bad") : badge(word(rateParts, l.part));
  if (!l.visible) return cell({ title: "无权查看的诉求", sub: monthName(l.month), side: mark });
  return cell({
    title: l.number, sub: [`${word(categories, l.category)}　反映 ${l.submitted_on}`, [l.handle_due && `期限 ${l.handle_due}`, l.closed_on && `办结 ${l.closed_on}`].filter(Boolean).join("　")],
    side: [mark, l.grade > 0 && word(gradeNames, l.grade), monthName(l.month)], href: "#/requests/" + l.request_id,
  });
}
