// 主题党日: what the branches in my scope held this month.
import { read } from "../api.js";
import { dayName, thisMonth } from "../format.js";
import { replace, withQuery } from "../router.js";
import { administered } from "../session.js";
import { badge, cell, cells, link, monthPicker, pager, segments } from "../ui.js";
import { themeStates, word } from "../words.js";

const size = 50;

export async function themeDays({ query }) {
  const month = query.month ?? thisMonth();
  const state = query.state ?? "";
  const { items, total } = await read("/theme-days", { month, state, org_id: query.org_id, page: query.page, size });
  return {
    title: "主题党日",
    body: [
      administered().length > 0 && link("登记主题党日", "#/work/theme-days/new", "main"),
      monthPicker(month, (m) => replace(withQuery({ ...query, month: m, page: "" }))),
      segments([["", "全部"], ...Object.entries(themeStates)], state, (s) => replace(withQuery({ ...query, state: s, page: "" }))),
      cells(items.map((d) => cell({
        title: d.theme, strong: true, sub: [d.org_name, `${dayName(d.held_on)}　${d.place}`, `参加 ${d.attended}/${d.listed} 人　照片 ${d.photo_count} 张`],
        side: themeBadge(d.state), href: "#/work/theme-days/" + d.id,
      })), "没有符合条件的主题党日"),
      pager(query.page, size, total, (page) => withQuery({ ...query, page })),
    ],
    back: query.org_id ? `#/work/statistics?month=${month}` : "#/work",
  };
}

// themeBadge marks how far a theme day is.
export const themeBadge = (state) => badge(word(themeStates, state), { COMPLETED: "good", DRAFT: "warn" }[state]);
