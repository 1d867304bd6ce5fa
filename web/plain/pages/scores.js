// 单位得分: a month of each unit, and of its staff, with the requests behind each number.
import { read } from "../api.js";
import { h } from "../dom.js";
import { monthName, points, thisMonth } from "../format.js";
import { replace, withQuery } from "../router.js";
import { card, cell, cells, empty, monthPicker, pager, table } from "../ui.js";
import { categories, scoreParts, word } from "../words.js";
import { whole } from "./ratestable.js";

const size = 50;
const counted = { OVERDUE: "overdue", CRITICISM: "criticisms", FALSE_CLOSING: "false_closings", DISSATISFIED: "dissatisfied", SATISFIED: "satisfied" };

export async function scores({ query }) {
  const month = query.month ?? thisMonth();
  const [sheet, staff] = await Promise.all([read("/supervision/scores", { month }), read("/supervision/scores/staff", { month })]);
  const list = (part, unit, n) => (n > 0 ? h("a", { class: "plain-link", href: `#/work/scores/lines?${new URLSearchParams({ month, part, department_id: unit })}` }, n) : "0");
  const marksOf = (query, n) => (n > 0 ? h("a", { class: "plain-link", href: `#/work/marks?${new URLSearchParams({ month, state: "CONFIRMED", ...query })}` }, n) : "0");
  return {
    title: "单位得分",
    body: [
      monthPicker(month, (m) => replace(withQuery({ month: m }))),
      whole(card(monthName(month), h("p", { class: "sub" }, `基础分 ${points(sheet.base)}；` + Object.entries(sheet.each).map(([part, each]) => `${word(scoreParts, part)} ${each > 0 ? "+" : ""}${points(each)}`).join("，")),
        sheet.items.length === 0 ? empty("没有单位") : table(["单位", "得分", ...Object.values(scoreParts), "考核记录"], sheet.items.map((s) => [s.department_name, h("strong", null, points(s.score)),
          ...Object.keys(scoreParts).map((part) => list(part, s.department_id, s[counted[part]])), [marksOf({ department_id: s.department_id, unit: true }, s.marks), s.marks > 0 && h("small", null, `（${points(s.mark_points)}）`)].filter(Boolean)])))),
      whole(card("工作人员", staff.items.length === 0 ? empty("没有记录") : table(["姓名", "单位", "办结", "超期", "考核记录", "得分"], staff.items.map((s) => [s.name, s.department_name, s.closed, s.overdue,
        marksOf({ department_id: s.department_id, account_id: s.account_id }, s.marks), points(s.score)])))),
    ],
    back: "#/work",
    wide: true,
  };
}

export async function scoreLines({ query }) {
  const { items, total } = await read("/supervision/scores/lines", { ...query, size });
  return {
    title: word(scoreParts, query.part),
    body: [
      h("p", { class: "sub" }, monthName(query.month)),
      cells(items.map((l) => cell({ title: l.number, sub: [`${l.department_name}　${word(categories, l.category)}`], side: l.day, href: "#/requests/" + l.request_id })), "没有记录"),
      pager(query.page, size, total, (page) => withQuery({ ...query, page })),
    ],
    back: "#/work/scores?month=" + query.month,
  };
}
