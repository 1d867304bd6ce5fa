// 四率公示: what everybody may know, with the numbers that each rate is made of.
import { readOpen } from "../api.js";
import { h } from "../dom.js";
import { monthName, thisMonth } from "../format.js";
import { replace, withQuery } from "../router.js";
import { card, monthPicker } from "../ui.js";
import { back, home, others } from "./outside.js";
import { grades, ratesBy, shares, whole } from "./ratestable.js";

export async function figures({ query }) {
  const span = { from: query.from ?? thisMonth().slice(0, 5) + "01", to: query.to ?? thisMonth() };
  const choose = (change) => replace(withQuery({ ...span, ...change }));
  const r = await readOpen("/public/rates", span);
  return {
    title: "四率公示",
    body: [
      h("div", { class: "span" }, monthPicker(span.from, (from) => choose({ from }), "起始月份"), monthPicker(span.to, (to) => choose({ to }), "截止月份")),
      card("总计", shares(r.total)),
      card("评价", grades(r.total)),
      whole(card("按单位", ratesBy("单位", r.units, (u) => u.department_name))),
      whole(card("按月份", ratesBy("月份", r.months, (m) => [monthName(m.month), m.settled ? "" : "（未结清）"]))),
      h("p", { class: "sub centre" }, "每格上为比率，下为分子／分母；没有可计数的记为“—”。未评价的不计入满意率。"),
      others("#/figures"), home(),
    ],
    back: back(),
    wide: true,
  };
}
