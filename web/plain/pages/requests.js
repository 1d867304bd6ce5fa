// 诉求: the ones I have brought, and, for those who work on them, the worklist by what falls due.
import { read } from "../api.js";
import { h } from "../dom.js";
import { form } from "../form.js";
import { when } from "../format.js";
import { replace, withQuery } from "../router.js";
import { has, staff, worksDesk } from "../session.js";
import { badge, buttons, card, cell, cells, figures, link, listPicker, pager, segments } from "../ui.js";
import { categories, clocks, options, word } from "../words.js";
import { listed } from "./choices.js";
import { tone } from "./progress.js";

// Each view: its value, its name, and whether it is for the window alone.
const views = [
  ["waiting", "待我办理"], ["", "全部"], ["open", "未办结"], ["SUBMITTED", "待受理", true], ["ACCEPTED", "已受理", true], ["RETURNED", "已退回", true], ["REFERRED", "已转交"], ["HANDLING", "办理中"], ["REOPENED", "重新办理"],
  ["helper", "协办"], ["repeats", "重复反映"], ["priority", "优先"], ["CLOSED", "已办结"], ["RATED", "已评价"], ["UNRATED", "未评价"], ["mine", "我反映的"],
];

const size = 50;

function viewsHere() {
  const window = !has("department_leader", "department_handler") || has("desk");
  return views.filter(([value, , windowOnly]) => (window || !windowOnly) && (value !== "helper" || has("department_leader", "department_handler")));
}

export async function requests({ query }) {
  const works = staff();
  const view = query.view ?? (works && (worksDesk() || has("department_leader", "department_handler")) ? "waiting" : "");
  const [sums, topics] = works ? await Promise.all([read("/requests/summary"), listed("request_topic")]) : [null, []];
  const { items, total } = await read("/requests", { ...filter(view, sums), category: query.category, topic: query.topic, q: query.q, page: query.page, size });
  const choose = (change) => replace(withQuery({ view: view || "all", category: query.category, topic: query.topic, q: query.q, ...change }));
  return {
    title: "诉求",
    body: [
      buttons(link("我要反映诉求", "#/requests/new", "main"), works && worksDesk() && link("代群众登记", "#/requests/write")),
      works && buckets(sums),
      works && segments(viewsHere(), view === "all" ? "" : view, (v) => choose({ view: v || "all" })),
      works && h("div", { class: "span two" }, listPicker("类别", [{ value: "", label: "全部" }, ...options(categories)], query.category ?? "", (category) => choose({ category })),
        listPicker("主题", [{ value: "", label: "全部" }, ...topics], query.topic ?? "", (topic) => choose({ topic }))),
      works && card(null, form({ fields: [{ name: "q", label: "编号（可只填末几位）或内容", type: "search", value: query.q ?? "", max: 50 }], submit: "查找", compact: true, run: ({ q }) => choose({ q }) })),
      cells(items.map(line), works && view !== "mine" ? "没有符合条件的诉求" : "您还没有反映过诉求"),
      pager(query.page, size, total, (page) => withQuery({ ...query, page })),
    ],
  };
}

const buckets = (s) => figures(["已超期", s.late, "#/requests?view=late"], ["今日到期", s.today, "#/requests?view=today"], ["本周到期", s.week, "#/requests?view=week"], ["暂停", s.paused, "#/requests?view=paused"], ["待我办理", s.waiting, "#/requests?view=waiting"]);

const tomorrow = (day) => new Date(Date.parse(day) + 86400000).toISOString().slice(0, 10);

function filter(view, sums) {
  switch (view) {
    case "": case "all": return { order: "new" };
    case "mine": return { mine: true };
    case "late": return { late: true, order: "due" };
    case "open": case "paused": case "waiting": case "helper": case "repeats": return { [view]: true, order: "due" };
    case "priority": return { priority: 1, order: "due" };
    case "today": return { due_from: sums.day, due_by: sums.day, order: "due" };
    case "week": return { due_from: tomorrow(sums.day), due_by: sums.week_ends, order: "due" };
    default: return { state: view, order: ["CLOSED", "RATED", "UNRATED"].includes(view) ? "new" : "due" };
  }
}

function line(r) {
  return cell({
    title: r.content,
    strong: true,
    sub: [`${r.number}　${r.category_name}`, [r.department_name || r.intake_department_name, when(r.submitted_at)].filter(Boolean).join("　")],
    below: [badge(r.state_name, tone(r.state)), limit(r), r.priority > 0 && badge("优先", "bad"), r.chases > 0 && badge(`催办 ${r.chases} 次`, "warn"), r.repeats > 0 && badge(`重复 ${r.repeats} 次`, "warn"), r.confidential && badge("保密", "warn")],
    href: "#/requests/" + r.id,
  });
}

// limit says what the open limit shows.
function limit(r) {
  const c = r.clock_state;
  if (!c || r.clock === "RATE") return null;
  return badge(`${word(clocks, r.clock)}：${c.text}`, c.overdue ? "bad" : !c.paused && c.remaining_days <= 1 ? "warn" : "");
}
