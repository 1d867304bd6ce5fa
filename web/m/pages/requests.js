// 诉求: the ones I have brought, and, for those who work on them, the ones in my scope.
import { read } from "../api.js";
import { daysLeft, dayName, when } from "../format.js";
import { replace, withQuery } from "../router.js";
import { has, staff } from "../session.js";
import { badge, cell, cells, link, pager, segments } from "../ui.js";
import { clocks, word } from "../words.js";

// Each view: its value, its name, and whether it is for the window alone.
const views = [
  ["", "全部"], ["SUBMITTED", "待受理", true], ["ACCEPTED", "已受理", true], ["REFERRED", "已转交"], ["HANDLING", "办理中"],
  ["CLOSED", "已办结"], ["RATED", "已评价"], ["late", "超时"], ["mine", "我反映的"],
];

const size = 50;

function viewsHere() {
  const window = !has("department_leader", "department_handler") || has("desk");
  return views.filter(([, , windowOnly]) => window || !windowOnly);
}

export async function requests({ query }) {
  const view = query.view ?? "";
  const { items, total } = await read("/requests", { ...filter(view), page: query.page, size });
  return {
    title: "诉求",
    body: [
      link("我要反映诉求", "#/requests/new", "main"),
      staff() && segments(viewsHere(), view, (v) => replace(withQuery({ view: v }))),
      cells(items.map(line), staff() && view !== "mine" ? "没有符合条件的诉求" : "您还没有反映过诉求"),
      pager(query.page, size, total, (page) => withQuery({ ...query, page })),
    ],
  };
}

function filter(view) {
  if (view === "late") return { overdue: true };
  if (view === "mine") return { mine: true };
  return { state: view };
}

function line(r) {
  return cell({
    title: r.content,
    strong: true,
    sub: [`${r.number}　${r.category_name}`, [r.department_name || r.intake_department_name, when(r.submitted_at)].filter(Boolean).join("　")],
    below: [badge(r.state_name, tone(r.state)), limit(r)],
    href: "#/requests/" + r.id,
  });
}

// tone colours a state: done, refused, or on its way.
export function tone(state) {
  if (["CLOSED", "RATED", "UNRATED"].includes(state)) return "good";
  return ["DECLINED", "WITHDRAWN", "DUPLICATE"].includes(state) ? "" : "warn";
}

// limit says until when the open step must be done.
export function limit(r) {
  if (!r.clock || !r.deadline || r.clock === "RATE") return null;
  if (r.overdue) return badge(`${word(clocks, r.clock)}超时 ${-daysLeft(r.deadline)} 天`, "bad");
  const left = daysLeft(r.deadline);
  const text = left === 0 ? "今日到期" : `${dayName(r.deadline)}前${word(clocks, r.clock)}`;
  return badge(text + (r.provisional ? "（暂定）" : ""), left <= 1 ? "warn" : "");
}
